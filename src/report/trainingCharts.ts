// Facts of a training in, its pictures out: what each threshold would mean, how true the scores are, how features act.

import { rowsOfTimelessDay } from '../core/column.ts'
import type { CurvePoint, Dependence, PeriodFigures, TrainingFacts } from '../core/trainingFacts.ts'
import { type LineChart, lineChart } from './curve.ts'
import { html, type Markup } from './markup.ts'
import { rounded } from './trainingWords.ts'
import { clip, percent } from './words.ts'

const shares = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: `${at * 100}%` }))

function panel(title: string, note: string, chart: Markup): Markup {
  return html`<div><h3>${title}</h3>
${note === '' ? null : html`<p class="small note">${note}</p>`}
${chart}</div>
`
}

export function precisionRecall({ curve, averagePrecision, operatingPoint, periods }: TrainingFacts): Markup {
  const { value, low, high } = averagePrecision
  const { rate } = periods.at(-1)!
  const chart: LineChart = {
    description: `Precision against recall; average precision ${value.toFixed(3)}.`,
    line: [
      { x: 0, y: curve[0]?.precision ?? 0 },
      ...curve.map(({ recall, precision }) => ({ x: recall, y: precision })),
    ],
    isFilled: true,
    other: [
      { x: 0, y: rate },
      { x: 1, y: rate },
    ],
    ...{ xTicks: shares, yTicks: shares, xName: 'recall: anomalies caught', yName: 'precision: alerts that are right' },
    mark: {
      x: operatingPoint.recall.value,
      y: operatingPoint.precision.value,
      text: 'operating point',
      isOnRise: false,
    },
  }
  const note = `Area: average precision ${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}). Dashed: alerting at random.`
  return panel('Precision and recall', note, lineChart(chart))
}

export function roc({ curve, rocAuc, operatingPoint }: TrainingFacts): Markup {
  const diagonal = [0, 0.0001, 0.001, 0.01, 0.1, 1].map((rate) => ({ x: logShare(rate, 1e-5, 1), y: rate }))
  const chart: LineChart = {
    description: `Recall against false-positive rate; area ${rocAuc.value.toFixed(3)}.`,
    line: curve.map((point) => ({ x: logShare(point.falsePositiveRate, 1e-5, 1), y: point.recall })),
    other: diagonal,
    xTicks: [1e-5, 1e-3, 0.01, 0.1, 1].map((rate) => ({ at: logShare(rate, 1e-5, 1), text: `${rate * 100}%` })),
    ...{ yTicks: shares, xName: 'normal events that alert (log scale)', yName: 'recall' },
    mark: {
      ...{ x: logShare(operatingPoint.falsePositiveRate, 1e-5, 1), y: operatingPoint.recall.value },
      ...{ text: 'operating point', isOnRise: true },
    },
  }
  const note = `ROC AUC ${rocAuc.value.toFixed(3)} (${rocAuc.low.toFixed(3)} to ${rocAuc.high.toFixed(3)}). The left end is what matters: normal events are many.`
  return panel('ROC', note, lineChart(chart))
}

export function workload({ curve, operatingPoint, hasTime }: TrainingFacts): Markup {
  const { recall, alertsPerDay } = operatingPoint
  const shown = curve.filter((point) => point.alertsPerDay > 0)
  const low = shown[0]?.alertsPerDay ?? 1
  const high = Math.max(
    low * 10,
    shown.find((point) => point.recall >= 0.999)?.alertsPerDay ?? shown.at(-1)?.alertsPerDay ?? 10,
  )
  const x = (value: number) => logShare(value, low, high)
  const chart: LineChart = {
    description: 'Recall against alerts a day.',
    line: shown
      .filter((point) => point.alertsPerDay <= high)
      .map((point) => ({ x: x(point.alertsPerDay), y: point.recall })),
    isFilled: true,
    xTicks: decades(low, high).map((value) => ({ at: x(value), text: rounded(value) })),
    ...{ yTicks: shares, xName: 'alerts a day (log scale)', yName: 'recall' },
    mark:
      alertsPerDay.value > 0
        ? { x: x(alertsPerDay.value), y: recall.value, text: `${rounded(alertsPerDay.value)} a day`, isOnRise: true }
        : undefined,
  }
  const unit = hasTime ? '' : ` Without an event time, a day is ${rowsOfTimelessDay.toLocaleString('en')} rows.`
  return panel(
    'Alerts a day and recall',
    `What more reviews would buy: how far the line still rises right of the point.${unit}`,
    lineChart(chart),
  )
}

export function cost({ curve, operatingPoint }: TrainingFacts): Markup | null {
  const { costPerDay, alertsPerDay } = operatingPoint
  const shown = curve.filter(hasCost).filter((point) => point.alertsPerDay > 0)
  if (costPerDay === null || shown.length === 0) return null
  // Beyond twice what the first alerts leave, or the point itself costs, there is nothing to choose.
  const tooMuch = 2 * Math.max(shown[0]!.costPerDay, costPerDay)
  const end = shown.findIndex((point) => point.costPerDay > tooMuch)
  const drawn = end < 2 ? shown : shown.slice(0, end)
  const low = shown[0]!.alertsPerDay
  const high = Math.max(low * 10, drawn.at(-1)!.alertsPerDay)
  const most = niceTop(Math.max(...drawn.map((point) => point.costPerDay)))
  const x = (value: number) => logShare(value, low, high)
  const chart: LineChart = {
    description: 'Cost a day against alerts a day.',
    line: drawn.map((point) => ({ x: x(point.alertsPerDay), y: point.costPerDay / most })),
    xTicks: decades(low, high).map((value) => ({ at: x(value), text: rounded(value) })),
    yTicks: [0, 0.5, 1].map((at) => ({ at, text: thousands(at * most) })),
    ...{ xName: 'alerts a day (log scale)', yName: 'cost a day' },
    mark: { x: x(alertsPerDay.value), y: costPerDay / most, text: rounded(costPerDay), isOnRise: true },
  }
  return panel(
    'Cost',
    'Missed anomalies and reviews, a day. The point should lie near the lowest part of the line.',
    lineChart(chart),
  )
}

function hasCost(point: CurvePoint): point is CurvePoint & { readonly costPerDay: number } {
  return point.costPerDay !== null
}

export function reliability({ reliability: bins, brier, brierOfPrior }: TrainingFacts): Markup {
  const [low, high] = [1e-4, 1]
  const place = (value: number) => logShare(value, low, high)
  const ticks = [1e-4, 1e-3, 0.01, 0.1, 1].map((value) => ({ at: place(value), text: `${value * 100}%` }))
  const chart: LineChart = {
    description: 'Observed share of anomalies against the predicted one, on logarithmic scales.',
    line: [],
    other: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
    dots: bins.map(({ predicted, observed, events }) => ({
      x: place(predicted),
      y: place(observed.value),
      low: place(observed.low),
      high: place(observed.high),
      text: `scored ${percent(predicted)}, were ${percent(observed.value)} of ${rounded(events)} events`,
    })),
    ...{ xTicks: ticks, yTicks: ticks, xName: 'predicted (log scale)', yName: 'anomalies observed' },
  }
  const skill = 1 - brier.value / brierOfPrior
  const note = `On the dashed line a score means what it says. Brier ${brier.value.toPrecision(3)}${skill > 0 ? `, ${percent(skill)} better than always guessing the rate` : ', no better than always guessing the rate'}.`
  return panel('Calibration', note, lineChart(chart))
}

export function stability({ stability: parts, averagePrecision, hasTime }: TrainingFacts): Markup | null {
  const known = parts.filter(hasPrecision)
  if (known.length < 2) return null
  const x = (place: number) => (place + 0.5) / parts.length
  const label = labelsOf(parts, hasTime)
  const step = Math.ceil(parts.length / 5)
  const chart: LineChart = {
    description: 'Average precision over the parts of the test period.',
    line: known.map((part) => ({ x: x(parts.indexOf(part)), y: part.averagePrecision })),
    other: [
      { x: 0, y: averagePrecision.value },
      { x: 1, y: averagePrecision.value },
    ],
    xTicks: parts.flatMap((part, i) => (i % step === 0 ? [{ at: x(i), text: label(part) }] : [])),
    ...{ yTicks: shares, xName: '', yName: 'average precision' },
    dots: known.map((part) => ({
      ...{
        x: x(parts.indexOf(part)),
        y: part.averagePrecision,
        low: part.averagePrecision,
        high: part.averagePrecision,
      },
      text: `${label(part)}: ${part.averagePrecision.toFixed(3)}`,
    })),
  }
  return panel(
    'Average precision over time',
    'Dashed: of the whole test period. A line that falls asks for training more often.',
    lineChart(chart),
  )
}

function hasPrecision(part: PeriodFigures): part is PeriodFigures & { readonly averagePrecision: number } {
  return part.averagePrecision !== null
}

/** Days by their date, shorter parts by their time, parts of rows without a time by their number. */
export function labelsOf(parts: readonly PeriodFigures[], hasTime: boolean): (part: PeriodFigures) => string {
  if (!hasTime) return (part) => `part ${parts.indexOf(part) + 1}`
  const isDays = parts.every(({ from }) => from % 86_400_000 === 0)
  return ({ from }) => new Date(from).toISOString().slice(isDays ? 5 : 11, isDays ? 10 : 16)
}

export function dependence({ name, kind, points }: Dependence): Markup {
  const most = Math.max(...points.map((point) => point.score))
  const top = niceTop(most)
  const yTicks = [0, 0.5, 1].map((at) => ({ at, text: percent(at * top) }))
  const about = { description: `Mean score by ${name}.`, yTicks, yName: 'mean score' }
  const title = clip(name, 40)
  if (kind === 'category') return categories(title, points, most)
  const values = points.map(({ value }) => Number(value))
  const [low, high] = [values[0] ?? 0, values.at(-1) ?? 1]
  const x = (value: number) => (high === low ? 0.5 : (value - low) / (high - low))
  const xTicks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: rounded3(low + at * (high - low)) }))
  const line = points.map(({ value, score }) => ({ x: x(Number(value)), y: score / top }))
  return panel(title, '', lineChart({ ...about, line, isFilled: true, xTicks, xName: '' }))
}

function thousands(value: number): string {
  return value >= 10_000 ? `${rounded(value / 1000)}k` : rounded(value)
}

function categories(title: string, points: Dependence['points'], most: number): Markup {
  const rows = points.map(
    ({
      value,
      score,
    }) => html`<tr><td class="name">${clip(String(value), 40)}</td><td class="meter">${shareBar(score / most)}</td><td class="number">${percent(score)}</td></tr>
`,
  )
  return panel(title, '', html`<table class="rows bars">${rows}</table>`)
}

/** A bar that fills so large a share of its cell. */
export function shareBar(share: number): Markup {
  const width = Number.isFinite(share) ? Math.round(Math.max(0, share) * 1000) / 10 : 0
  return html`<svg width="100%" height="6" aria-hidden="true"><rect class="bar" width="${width}%" height="6"/></svg>`
}

function rounded3(value: number): string {
  const text = Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
  return text.replace('-', '−')
}

// The next of 1, 2, 5 times a power of ten.
function niceTop(most: number): number {
  if (!(most > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= most * 0.999) ?? most
}

function logShare(value: number, low: number, high: number): number {
  if (value <= low) return 0
  return Math.min(1, Math.log(value / low) / Math.log(high / low))
}

function decades(low: number, high: number): number[] {
  const ticks: number[] = []
  for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * 1.0001; power++) ticks.push(10 ** power)
  return ticks.length > 0 ? ticks : [low, high]
}

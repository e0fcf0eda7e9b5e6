// Counts in, a bar chart as inline SVG out. Widths are shares of the page, heights and letters are pixels: legible on a phone.

import { html, type Markup } from './markup.ts'
import { count } from './words.ts'

export type BarChart = {
  /** Read aloud in place of the picture. */
  readonly description: string
  readonly values: readonly number[]
  /** Names a bar, e.g. for a pointer that rests on it. */
  readonly nameOf: (bar: number) => string
  readonly scale: 'linear' | 'log'
  /** Marks below the axis: place (0 = left end, 1 = right end) and text. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[]
  /** A vertical line with its meaning; bars from it on are drawn in the alarm colour. */
  readonly alarmFrom?: { readonly at: number; readonly text: string } | undefined
}

const topPx = 20
const plotPx = 130
const bottomPx = 22
/** Share of the width that the numbers beside the axis take, in percent. */
const leftPercent = 9

/** The chart; its style classes are those of the page. */
export function barChart(chart: BarChart): Markup {
  const height = heightOf(chart)
  const highest = Math.max(...chart.values)
  return html`<svg width="100%" height="${topPx + plotPx + bottomPx}" role="img" aria-label="${chart.description}">
${gridLines(chart.scale, highest).map((value) => gridLine(value, height(value)))}
${chart.values.map((value, bar) => drawBar(chart, bar, height(value)))}
${chart.ticks.map(({ at, text }) => drawTick(at, text))}
${chart.alarmFrom ? drawAlarm(chart.alarmFrom) : null}</svg>`
}

// On the log scale the axis stands at one half, so that a single event is still seen.
function heightOf({ scale, values }: BarChart): (value: number) => number {
  const highest = Math.max(1, ...values)
  if (scale === 'linear') return (value) => (plotPx * value) / highest
  return (value) => (value < 1 ? 0 : (plotPx * Math.log(value * 2)) / Math.log(highest * 2))
}

function gridLines(scale: BarChart['scale'], highest: number): number[] {
  if (scale === 'linear') return steps(highest)
  const decades = Math.floor(Math.log10(Math.max(1, highest)) + 1e-9)
  return Array.from({ length: decades + 1 }, (_, decade) => 10 ** decade)
}

/** Up to four round numbers from 1, 2 or 5 times a power of ten. */
function steps(highest: number): number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(highest / 4 || 1)))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => highest / size < 5)!
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step)
}

function x(at: number): string {
  return `${percentOf(leftPercent + at * (100 - leftPercent))}%`
}

function percentOf(value: number): string {
  return String(Math.round(value * 1000) / 1000)
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function gridLine(value: number, heightPx: number): Markup {
  const y = px(topPx + plotPx - heightPx)
  return html`<line class="grid" x1="${x(0)}" x2="100%" y1="${y}" y2="${y}"/><text class="tick" x="${leftPercent - 1.5}%" y="${y}" dy="4" text-anchor="end">${short(value)}</text>
`
}

function drawBar({ values, nameOf, alarmFrom }: BarChart, bar: number, heightPx: number): Markup {
  const n = values.length
  const isAlarm = alarmFrom !== undefined && bar / n >= alarmFrom.at - 1e-9
  const width = percentOf(((100 - leftPercent) / n) * 0.76)
  const y = px(topPx + plotPx - heightPx)
  return html`<rect class="${isAlarm ? 'alarm-bar' : 'bar'}" x="${x((bar + 0.12) / n)}" width="${width}%" y="${y}" height="${px(heightPx)}"><title>${nameOf(bar)}: ${count(values[bar]!)}</title></rect>
`
}

function drawTick(at: number, text: string): Markup {
  const anchor = at === 0 ? 'start' : at === 1 ? 'end' : 'middle'
  return html`<text class="tick" x="${x(at)}" y="${topPx + plotPx + 16}" text-anchor="${anchor}">${text}</text>
`
}

function drawAlarm({ at, text }: { readonly at: number; readonly text: string }): Markup {
  const isRight = at > 0.5
  return html`<line class="threshold" x1="${x(at)}" x2="${x(at)}" y1="4" y2="${topPx + plotPx}"/><text class="threshold-text" x="${x(at)}" dx="${isRight ? -6 : 6}" y="14" text-anchor="${isRight ? 'end' : 'start'}">${text}</text>
`
}

/** @example short(20000) === '20k' */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1e4 ? `${value / 1e3}k` : String(value)
}

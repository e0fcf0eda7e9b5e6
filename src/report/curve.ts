// Points in, a line chart as inline SVG out. Lines stretch with the page; letters and marks keep their size.

import { html, type Markup } from './markup.ts'

type Place = { readonly x: number; readonly y: number }
/** On a line that falls, its words lie above and to the right; on one that rises, below it: clear of the line. */
type Mark = Place & { readonly text: string; readonly isOnRise: boolean }
type Tick = { readonly at: number; readonly text: string }

/** All places are shares of the plot: 0 is left or bottom, 1 right or top. */
export type LineChart = {
  /** Read aloud in place of the picture. */
  readonly description: string
  readonly line: readonly Place[]
  readonly isFilled?: boolean
  /** Drawn thin and dashed: what to compare with. */
  readonly other?: readonly Place[]
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  readonly xName: string
  readonly yName: string
  /** The operating point and its words. */
  readonly mark?: Mark | undefined
  /** Dots with an interval, in place of a line. */
  readonly dots?: readonly (Place & { readonly low: number; readonly high: number; readonly text: string })[]
}

const topPx = 26
const plotPx = 190
const bottomPx = 40
/** Share of the width beside the plot, in percent. */
const leftPercent = 11
const rightPercent = 3

export function lineChart(chart: LineChart): Markup {
  return html`<svg width="100%" height="${topPx + plotPx + bottomPx}" role="img" aria-label="${chart.description}">
<text class="axis-name" x="0" y="11">${chart.yName}</text>
${chart.yTicks.map(yTick)}${chart.xTicks.map(xTick)}
<text class="axis-name" x="${100 - rightPercent}%" y="${topPx + plotPx + 34}" text-anchor="end">${chart.xName}</text>
<svg x="${leftPercent}%" y="${topPx}" width="${100 - leftPercent - rightPercent}%" height="${plotPx}" viewBox="0 0 1000 1000" preserveAspectRatio="none" overflow="visible">${chart.isFilled ? area(chart.line) : null}${chart.other ? polyline('other', chart.other) : null}${polyline('curve', chart.line)}</svg>
${(chart.dots ?? []).map(dot)}${chart.mark ? drawMark(chart.mark) : null}</svg>`
}

function left(x: number): string {
  return `${round(leftPercent + x * (100 - leftPercent - rightPercent))}%`
}

function top(y: number): number {
  return round(topPx + plotPx * (1 - y))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function pointsOf(places: readonly Place[]): string {
  return places.map(({ x, y }) => `${Math.round(x * 1000)},${Math.round((1 - y) * 1000)}`).join(' ')
}

function polyline(style: string, places: readonly Place[]): Markup {
  return places.length === 0 ? html`` : html`<polyline class="${style}" points="${pointsOf(places)}"/>`
}

function area(places: readonly Place[]): Markup {
  if (places.length === 0) return html``
  const [first, last] = [places[0]!, places.at(-1)!]
  return html`<polygon class="area" points="${pointsOf([{ x: first.x, y: 0 }, ...places, { x: last.x, y: 0 }])}"/>`
}

function yTick({ at, text }: Tick): Markup {
  return html`<line class="grid" x1="${left(0)}" x2="${left(1)}" y1="${top(at)}" y2="${top(at)}"/><text class="tick" x="${leftPercent - 1.5}%" y="${top(at)}" dy="4" text-anchor="end">${text}</text>
`
}

function xTick({ at, text }: Tick): Markup {
  const anchor = at < 0.02 ? 'start' : at > 0.98 ? 'end' : 'middle'
  return html`<text class="tick" x="${left(at)}" y="${topPx + plotPx + 17}" text-anchor="${anchor}">${text}</text>
`
}

function dot({ x, y, low, high, text }: NonNullable<LineChart['dots']>[number]): Markup {
  return html`<line class="reach" x1="${left(x)}" x2="${left(x)}" y1="${top(low)}" y2="${top(high)}"/><circle class="dot" cx="${left(x)}" cy="${top(y)}" r="4"><title>${text}</title></circle>
`
}

function drawMark({ x, y, text, isOnRise }: Mark): Markup {
  const isRight = x > 0.65
  // Above the left half of the plot stands the axis's name, to which a narrow page leaves no room beside it.
  const isUnderName = y > 0.9 && x < 0.5
  const dy = (isOnRise === isRight || y < 0.15) && !isUnderName ? -10 : 20
  return html`<circle class="mark" cx="${left(x)}" cy="${top(y)}" r="5.5"/><text class="mark-text" x="${left(x)}" y="${top(y)}" dx="${isRight ? -10 : 10}" dy="${dy}" text-anchor="${isRight ? 'end' : 'start'}">${text}</text>`
}

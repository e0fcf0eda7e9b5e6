// Counts by hour in, a bar chart on a sheet out.

import type { Sheet } from './pdfSheet.ts'
import { light } from './style.ts'
import { count } from './words.ts'

const heightPt = 96
const axisPt = 14

/** One bar for each value, its count above it where there is one. */
export function barChart(sheet: Sheet, values: readonly number[]): void {
  const highest = Math.max(1, ...values)
  sheet.draw(heightPt, (document, { x, y, width }) => {
    const step = width / values.length
    const base = y + heightPt - axisPt
    values.forEach((value, bar) => {
      const left = x + bar * step
      const tall = ((heightPt - axisPt - 14) * value) / highest
      document.font('text').fontSize(7).fillColor(light.muted)
      if (bar % 6 === 0) document.text(`${String(bar).padStart(2, '0')}:00`, left, base + 4, { lineBreak: false })
      if (value === 0) return
      document.text(count(value), left, base - tall - 10, { width: step * 0.8, align: 'center', lineBreak: false })
      document.rect(left, base - tall, step * 0.8, tall).fill(light.calm)
    })
    document
      .moveTo(x, base)
      .lineTo(x + width, base)
      .lineWidth(0.5)
      .strokeColor(light.line)
      .stroke()
  })
}

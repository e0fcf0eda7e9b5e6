import { expect, test } from 'vitest'
import { sampleDay } from '../../test/golden/sample-day.ts'
import { renderPdf } from './pdf.ts'
import { summarizeDay } from './summary.ts'

const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

test('the same day is the same bytes of PDF, another day is not', async () => {
  const summary = summarizeDay(sampleDay())
  const made = await renderPdf(summary)
  expect(latin(made.subarray(0, 5))).toBe('%PDF-')
  expect(Buffer.compare(made, await renderPdf(summary))).toBe(0)
  expect(Buffer.compare(made, await renderPdf({ ...summary, alerts: summary.alerts + 1 }))).not.toBe(0)
})

test('long tables go on to further pages, and an empty day is one page', async () => {
  const pages = async (facts: Parameters<typeof summarizeDay>[0]) =>
    latin(await renderPdf(summarizeDay(facts))).match(/\/Type \/Page\b/g)!.length
  expect(await pages(sampleDay())).toBe(2)
  expect(await pages({ ...sampleDay(), rollups: [], alerts: [], lateArrivals: [] })).toBe(1)
})

// A fixed day in, the page that it must become out. Changed on purpose? Look at the picture, then run with UPDATE_GOLDEN=1.

import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderDay, summarizeDay, summaryText } from '../../src/report/report.ts'
import { sampleDay } from './sample-day.ts'

const page = new URL('./daily-page.html', import.meta.url)
const text = new URL('./daily-page.txt', import.meta.url)

test('the page and the text of a day are the same bytes as those that were looked at', async () => {
  const summary = summarizeDay(sampleDay())
  const made = { page: renderDay(summary), text: summaryText(summary) }
  if (process.env.UPDATE_GOLDEN) {
    await writeFile(page, made.page)
    await writeFile(text, made.text)
  }
  expect(made.page).toBe(await readFile(page, 'utf8'))
  expect(made.text).toBe(await readFile(text, 'utf8'))
})

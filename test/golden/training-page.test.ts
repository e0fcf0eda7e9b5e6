// A fixed training in, the page that it must become out. Changed on purpose? Look at the picture, then run with UPDATE_GOLDEN=1.

import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderTraining } from '../../src/report/report.ts'
import { sampleTraining } from './sample-training.ts'

const page = new URL('./training-page.html', import.meta.url)

test('the page of a training is the same bytes as those that were looked at', async () => {
  const made = renderTraining(sampleTraining())
  if (process.env.UPDATE_GOLDEN) await writeFile(page, made)
  expect(made).toBe(await readFile(page, 'utf8'))
})

test('the page loads nothing, runs nothing and shows names as text', () => {
  const made = renderTraining(sampleTraining())
  expect(made).not.toMatch(/<script|<link|\ssrc=|url\(|https?:|<chargeback>|NaN|undefined|Infinity/)
  expect(made).toContain('&lt;chargeback&gt;')
})

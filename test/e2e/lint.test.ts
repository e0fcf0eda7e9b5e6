// A history with a column that knows the answer, linted and trained on from the command line.

import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTocsin, tempDir } from './tocsin.ts'

const minutes = 60_000

/** Events every minute; `leak` is written after the outcome, `size` is an honest feature. */
async function project(lint: string): Promise<string> {
  const dir = await tempDir()
  const line = (n: number) => {
    const label = n % 25 === 3 ? 1 : 0
    const time = new Date(Date.UTC(2025, 0, 1) + n * 60_000).toISOString()
    return `${time},${((n * 7919) % 997) / 100 + 3 * label},${label === 1 ? 4 : 0},${label}`
  }
  const lines = Array.from({ length: 4000 }, (_, n) => line(n)).join('\n')
  await writeFile(join(dir, 'history.csv'), `time,size,leak,label\n${lines}\n`)
  await writeFile(join(dir, 'tocsin.yaml'), `events: {time: time, label: label}\n${lint}\n`)
  return dir
}

test('a leak stops training, which registers nothing and says how to accept it', { timeout: minutes }, async () => {
  const dir = await project('')
  const linted = await runTocsin(['lint', 'history.csv', '--json'], dir)
  expect(linted.code).toBe(65)
  expect(JSON.parse(linted.out).findings).toMatchObject([{ code: 'LEAK_VALUE', severity: 'error', columns: ['leak'] }])
  const trained = await runTocsin(['train', 'history.csv'], dir)
  expect(trained.code).toBe(65)
  expect(trained.err).toMatch(/lint: \{accept: \["LEAK_VALUE:leak"\]\}.*\[LINT_ERRORS\]/)
  await expect(access(join(dir, 'tocsin-data'))).rejects.toThrow()
})

test('what is accepted trains, and the report is written beside the model, the same bytes each time', {
  timeout: 2 * minutes,
}, async () => {
  const dir = await project('lint: {accept: ["LEAK_VALUE:leak", "CLOCK:size"]}')
  const linted = await runTocsin(['lint', 'history.csv'], dir)
  expect(linted.code).toBe(0)
  expect(linted.out).toMatch(/accepted: LEAK_VALUE\n.*not found: CLOCK:size; take it out/s)
  const trained = await runTocsin(['train', 'history.csv'], dir)
  expect([trained.code, trained.out]).toEqual([0, expect.stringMatching(/report: tocsin-data.reports.model-1\.html/)])
  const page = await readFile(join(dir, 'tocsin-data/reports/model-1.html'), 'utf8')
  expect(page).toContain('Accepted: LEAK_VALUE:leak')
  expect((await runTocsin(['train', 'history.csv', '--report', 'again.html', '--json'], dir)).out).toContain(
    'again.html',
  )
  expect(await readFile(join(dir, 'again.html'), 'utf8')).toBe(page)
})

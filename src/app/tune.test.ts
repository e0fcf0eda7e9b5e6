// A log that was cut off in the middle of a line in; the search that goes on from it checked.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { smallHistory, smallOptions } from '../../test/rig/history.ts'
import { tuneWithLog } from './tune.ts'

test('a search goes on from its log, whose torn last line counts for nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-tune-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const input = { ...smallHistory(1_000, 1), options: { ...smallOptions, maxTrees: 3 } }
  // In a folder that is not there yet; no time but for the settings as they are, which take one trial a fold.
  const logPath = join(dir, 'new', 'tune.jsonl')
  const first = await tuneWithLog(input, { budgetMs: 0, logPath }, {})
  const lines = readFileSync(logPath, 'utf8')
  expect(lines.trim().split('\n')).toHaveLength(first.trials)

  const marked = lines.replace(/"averagePrecision":[\d.e-]+/, '"averagePrecision":0.123456')
  writeFileSync(logPath, marked)
  appendFileSync(logPath, lines.slice(0, 40))
  const second = await tuneWithLog(input, { budgetMs: 0, logPath }, {})
  expect(second.trials).toBe(first.trials)
  expect(second.before).not.toBe(first.before)
  expect(readFileSync(logPath, 'utf8')).toBe(`${marked}${lines.slice(0, 40)}\n`)
})

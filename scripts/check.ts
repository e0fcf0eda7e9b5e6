// Everything that must hold before a change lands: types, lint, import rules, dead code, then every test. `npm test`.
// With TOCSIN_REQUIRE_ALL=1 a skipped test is a failure: the machine was meant to have what it needs.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type TestFile = { assertionResults: { fullName: string; status: string }[] }
type Results = { numPassedTests: number; numFailedTests: number; numPendingTests: number; testResults: TestFile[] }

const resultsPath = join(mkdtempSync(join(tmpdir(), 'tocsin-check-')), 'results.json')
const steps: readonly (readonly [string, string, ...string[]])[] = [
  ['console', 'vite', 'build', 'console', '--logLevel', 'error'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['console types', 'tsc', '-p', 'console/tsconfig.json'],
  ['lint', 'biome', 'check', '.'],
  ['import rules', 'depcruise', '--config', '.dependency-cruiser.cjs', 'src', '--output-type', 'err'],
  ['dead code', 'knip'],
  ['tests', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`],
]

const failed: string[] = []
for (const [name, command, ...args] of steps) {
  const startedAt = performance.now()
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error) throw error
  console.log(`${status === 0 ? '✔' : '✘'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
  if (status !== 0) failed.push(name)
}

const results = JSON.parse(readFileSync(resultsPath, 'utf8')) as Results
const skipped = results.testResults
  .flatMap((file) => file.assertionResults)
  .filter(({ status }) => status !== 'passed' && status !== 'failed')
for (const { fullName } of skipped) console.log(`skipped: ${fullName}`)
if (skipped.length > 0 && process.env.TOCSIN_REQUIRE_ALL === '1') failed.push(`${skipped.length} skipped tests`)
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`)
console.log(`${results.numPassedTests} passed, ${results.numFailedTests} failed, ${skipped.length} skipped`)
process.exit(failed.length === 0 ? 0 : 1)

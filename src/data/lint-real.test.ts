// Public data sets with known faults in: the leak that is known, and no false alarm on the one that has none.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { lintHistory, readHistory, splitByTime } from './data.ts'
import type { HistoryOptions } from './roles.ts'

const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const isThere = existsSync(`${folder}handbook.parquet`)
if (!isThere) console.log('skipped: the public data sets are not on this machine')

async function lint(name: string, options: Partial<HistoryOptions> = {}) {
  const { schema, history } = await readHistory(`${folder}${name}`, { detector: 'test', ...options })
  const split = splitByTime(history, { validationShare: 0.2, testShare: 0.2 })
  const findings = lintHistory(schema, history, { ...split, nowMs: Date.UTC(2026, 0, 1) })
  const named = findings.map(({ code, columns }) => [code, ...columns].join(':'))
  return { named, errors: findings.filter(({ severity }) => severity === 'error'), features: schema.features }
}

test.skipIf(!isThere)(
  'the handbook’s scenario, known only afterwards, is the one error; its clocks are warnings',
  async () => {
    const { named, errors } = await lint('handbook.parquet', { label: 'TX_FRAUD', entity: 'CUSTOMER_ID' })
    expect(errors.map(({ code, columns }) => [code, ...columns])).toEqual([['LEAK_VALUE', 'TX_FRAUD_SCENARIO']])
    expect(named).toEqual(expect.arrayContaining(['CLOCK:TX_TIME_SECONDS', 'CLOCK:TX_TIME_DAYS']))
  },
)

test.skipIf(!isThere)(
  'card payments, machines and claims have no error, and the policy’s number is no feature',
  async () => {
    expect((await lint('creditcard_weighted.csv.gz', { weight: 'Weight' })).errors).toEqual([])
    expect((await lint('creditcard.csv.gz')).errors).toEqual([])
    expect((await lint('machine_failures.csv.gz')).errors).toEqual([])
    const claims = await lint('vehicle_claims.csv.gz')
    expect(claims.errors).toEqual([])
    expect(claims.features).not.toContain('PolicyNumber')
  },
)

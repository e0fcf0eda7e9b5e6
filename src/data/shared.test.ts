// Real files in, where they are at hand: each is read, and its rows are events that the live door takes and that give the same vectors.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileVector, encodeHistory, learnFeatures } from '../features/features.ts'
import { createParser } from '../score/parse.ts'
import { historyEvents, readHistory } from './data.ts'
import type { HistoryOptions } from './roles.ts'

const data = join(import.meta.dirname, '../../../shared/data')
const time = { column: 'Time', unit: 's' as const, origin: '2013-09-01T00:00:00Z' }

const files: [string, Partial<HistoryOptions>, { rows: number; anomalies: number; features: number }][] = [
  ['creditcard.csv.gz', { label: 'Class', time, amount: 'Amount' }, { rows: 47_342, anomalies: 399, features: 29 }],
  [
    'creditcard_weighted.csv.gz',
    { label: 'Class', time, weight: 'Weight' },
    { rows: 47_342, anomalies: 399, features: 29 },
  ],
  ['vehicle_claims.csv.gz', {}, { rows: 15_420, anomalies: 923, features: 31 }],
  ['machine_failures.csv.gz', {}, { rows: 10_000, anomalies: 339, features: 6 }],
  [
    'nsl_kdd_train.csv.gz',
    { label: { column: 'column41', anomaly: 'neptune' }, ignore: ['column42'] },
    { rows: 25_192, anomalies: 8282, features: 41 },
  ],
  [
    'handbook.parquet',
    { label: 'TX_FRAUD', entity: 'CUSTOMER_ID', ignore: ['TX_FRAUD_SCENARIO', 'TX_TIME_SECONDS', 'TX_TIME_DAYS'] },
    { rows: 1_466_282, anomalies: 12_134, features: 1 },
  ],
]

if (!existsSync(data)) console.warn('skipped: ../shared/data is not there')

describe.skipIf(!existsSync(data))('real files', () => {
  test.each(files)('%s', { timeout: 60_000 }, async (name, options, expected) => {
    const { schema, history, findings } = await readHistory(join(data, name), { detector: 'test', ...options })
    const anomalies = history.labels.reduce((sum, label) => sum + label, 0)
    expect({ rows: history.rows, anomalies, features: schema.features.length }).toEqual(expected)
    expect(findings.filter((finding) => finding.includes('broken'))).toEqual([])

    const parse = createParser(schema, { labelInStream: 'refuse', unknownFields: 'refuse' })
    const specs = learnFeatures(schema, history)
    const columns = encodeHistory(specs, history)
    const fill = compileVector(specs)
    const vector = new Float32Array(specs.length)
    let row = 0
    for (const fields of historyEvents(history, schema)) {
      if (row % 97 === 0) {
        const event = parse(JSON.parse(JSON.stringify(fields)), { id: history.ids[row]!, time: history.times[row]! })
        fill(event.fields, vector, 0)
        expect({ id: event.id, time: event.time }).toEqual({ id: history.ids[row], time: history.times[row] })
        expect(vector).toEqual(Float32Array.from(columns, (column) => column[row]!))
      }
      row++
    }
    expect(row).toBe(history.rows)
  })
})

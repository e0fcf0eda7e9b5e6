// Declarations in, plans out: names, scales, order; and what is wrong with a declaration, said with the nearest right name.

import { describe, expect, test } from 'vitest'
import type { Column, History } from '../core/column.ts'
import { type Declaration, featuresSection } from '../core/declaration.ts'
import type { EventSchema } from '../core/event.ts'
import { planFeatures } from './plan.ts'
import { replayHistory } from './replay.ts'

const schema: EventSchema = {
  ...{ detector: 'test', id: null, time: { column: 'time', unit: 'ms' }, entity: null, amount: null, weight: null },
  label: { column: 'label', anomaly: '1' },
  fields: [
    { name: 'amount', kind: 'number', isNullable: true },
    { name: 'CUSTOMER_ID', kind: 'number', isNullable: true },
    { name: 'channel', kind: 'category', isNullable: true },
  ],
  features: ['amount', 'channel'],
}

function historyOf(amounts: readonly number[], channels: readonly number[] = amounts.map(() => 0)): History {
  const rows = amounts.length
  return {
    ...{ rows, ids: amounts.map((_, i) => `${i}`), amounts: null, entities: null },
    times: Float64Array.from(amounts, (_, i) => i * 60_000),
    labels: Uint8Array.from(amounts, (_, i) => Number(i % 4 === 0)),
    weights: new Float64Array(rows).fill(1),
    columns: new Map<string, Column>([
      ['amount', { kind: 'number', name: 'amount', values: Float64Array.from(amounts) }],
      ['CUSTOMER_ID', { kind: 'number', name: 'CUSTOMER_ID', values: new Float64Array(rows).fill(7) }],
      ['channel', { kind: 'category', name: 'channel', codes: Int32Array.from(channels), dictionary: ['app', 'web'] }],
    ]),
  }
}

type Input = Parameters<typeof featuresSection.parse>[0]
const plan = (input: Input, history = historyOf([1, 2.5, 3.25])) =>
  planFeatures({ declaration: featuresSection.parse(input) as Declaration, schema, history, timeZone: 'UTC' })
const names = (input: Input) => plan(input).features.map(({ name }) => name)

test('nothing declared: the columns, and nothing else to do', () => {
  expect(plan({})).toMatchObject({ columns: ['amount', 'channel'], derived: null })
})

test('features are called by entity, measure, value and window', () => {
  const windows = [
    {
      over: 'CUSTOMER_ID',
      windows: ['10m', '1d'],
      aggregate: ['count', 'mean(amount)', 'timeSinceLast'],
      usual: ['amount'],
      feedback: { delay: '7d', windows: ['1d'] },
    },
  ]
  expect(
    names({ columns: [], calendar: ['isNight'], windows, encode: ['channel'], expressions: { twice: 'amount * 2' } }),
  ).toEqual([
    'isNight',
    ...['CUSTOMER_ID_count_10m', 'CUSTOMER_ID_count_1d', 'CUSTOMER_ID_mean_amount_10m', 'CUSTOMER_ID_mean_amount_1d'],
    ...['CUSTOMER_ID_time_since_last', 'CUSTOMER_ID_amount_z_score', 'CUSTOMER_ID_amount_ratio'],
    ...['CUSTOMER_ID_anomaly_rate_1d', 'CUSTOMER_ID_anomalies_1d', 'channel_anomaly_rate', 'twice'],
  ])
})

test('values are kept in the steps in which they come: cents as cents', () => {
  const scaleOf = (amounts: readonly number[]) =>
    plan({ windows: [{ over: 'CUSTOMER_ID', windows: ['1h'], aggregate: ['sum(amount)'] }] }, historyOf(amounts))
      .derived!.memories[0]!.values[0]!.scale
  expect(scaleOf([1, 20, 300])).toBe(1)
  expect(scaleOf([0.1, 12.34])).toBe(100)
  expect(scaleOf([1 / 3, 1e6])).toBe(2 ** 8)
  expect(scaleOf([5e-324])).toBe(2 ** 512)
})

test('an encoding of a training row comes from earlier rows alone', () => {
  const history = historyOf(
    Array.from({ length: 80 }, (_, i) => i),
    Array.from({ length: 80 }, (_, i) => i % 2),
  )
  const made = plan({ columns: [], encode: ['channel'] }, history)
  const encoded = replayHistory(made, schema, history, 80).columns[0]!
  const flipped = { ...history, labels: history.labels.map((label, row) => (row >= 40 ? 1 - label : label)) }
  const again = replayHistory(made, schema, flipped, 80).columns[0]!
  expect([...again.subarray(0, 40)]).toEqual([...encoded.subarray(0, 40)])
  expect([...again.subarray(50)]).not.toEqual([...encoded.subarray(50)])
})

describe('what cannot be is refused', () => {
  test.each([
    [{ columns: ['amuont'] }, 'FEATURE_COLUMN_UNKNOWN', /features.columns: no column "amuont"; did you mean "amount"/],
    [{ windows: [{ over: 'customer', windows: ['1h'] }] }, 'FEATURE_COLUMN_UNKNOWN', /features.windows\[0\].over/],
    [
      { windows: [{ over: 'channel', windows: ['1h'], aggregate: ['sum(price)'] }] },
      'FEATURE_COLUMN_UNKNOWN',
      /"price"/,
    ],
    [{ expressions: { amount: 'amount + 1' } }, 'FEATURE_NAME_TAKEN', /two features are called "amount"/],
    [{ expressions: { a: 'b + 1', b: 'a + 1' } }, 'FEATURE_CIRCLE', /a needs b needs a/],
    [
      { windows: [{ over: 'channel', windows: ['1h'], feedback: { delay: '0s' } }] },
      'FEATURE_DELAY',
      /more than nothing/,
    ],
  ] as const)('%j', (input, code, message) => {
    expect(() => plan(input as Input)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  test('an aggregate that there is not, with the nearest that there is', () => {
    const result = featuresSection.safeParse({ windows: [{ over: 'x', windows: ['1h'], aggregate: ['maen(amount)'] }] })
    expect(result.error?.issues[0]?.message).toContain('"maen(amount)" is no aggregate; did you mean "mean"?')
  })
})

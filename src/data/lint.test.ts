// Small histories with one fault each in: the finding that names it, and none for honest ones.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column, History } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import { Random } from '../core/random.ts'
import { type Finding, isAccepted, lintHistory } from './lint.ts'

const rows = 5000
const nowMs = Date.UTC(2026, 0, 1)
const split = { validationStart: 3000, testStart: 4000, nowMs }
const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 40 === 7 ? 1 : 0))
const random = new Random(7)
const noise = Float64Array.from({ length: rows }, () => random.normal())

function numbers(name: string, value: (row: number) => number): Column {
  return { kind: 'number', name, values: Float64Array.from({ length: rows }, (_, row) => value(row)) }
}

function categories(name: string, dictionary: readonly string[], code: (row: number) => number): Column {
  return { kind: 'category', name, dictionary, codes: Int32Array.from({ length: rows }, (_, row) => code(row)) }
}

const honest = numbers('honest', (row) => noise[row]! + 1.5 * labels[row]!)

function lint(columns: readonly Column[], change: Partial<History> = {}): Finding[] {
  const all = [honest, ...columns]
  const history: History = {
    rows,
    ids: Array.from({ length: rows }, (_, row) => `e${row}`),
    times: Float64Array.from({ length: rows }, (_, row) => nowMs - 86_400_000 + row * 1000),
    labels,
    weights: new Float64Array(rows).fill(1),
    amounts: null,
    entities: null,
    columns: new Map(all.map((column) => [column.name, column])),
    ...change,
  }
  const schema: EventSchema = {
    ...{ detector: 'test', id: null, time: { column: 'time', unit: 'iso' }, entity: null, amount: null, weight: null },
    label: { column: 'label', anomaly: '1' },
    fields: [],
    features: all.map(({ name }) => name),
  }
  return lintHistory(schema, history, split)
}

const codes = (findings: readonly Finding[]) => findings.map(({ code, columns }) => [code, ...columns].join(':'))

test('an honest history has no findings', () => {
  const kind = categories('kind', ['a', 'b', 'c'], (row) => row % 3)
  expect(lint([kind, numbers('gappy', (row) => (row % 5 === 0 ? Number.NaN : noise[row]! * 2))])).toEqual([])
})

describe('leakage', () => {
  const leaks: [string, Column, string][] = [
    ['a number that is the label', numbers('x', (row) => labels[row]!), 'LEAK_VALUE:x'],
    ['a number that is least for anomalies', numbers('x', (row) => noise[row]! - 100 * labels[row]!), 'LEAK_VALUE:x'],
    [
      'a number in the middle of the normal ones',
      numbers('x', (row) => (labels[row] ? 0 : row % 2 ? 5 : -5) + noise[row]! / 9),
      'LEAK_VALUE:x',
    ],
    ['a category that is the label', categories('x', ['no', 'yes'], (row) => labels[row]!), 'LEAK_VALUE:x'],
    [
      'ids of which some occur in anomalies alone',
      categories(
        'x',
        Array.from({ length: 400 }, (_, i) => `id${i}`),
        (row) => (labels[row] ? row % 7 : 7 + (row % 393)),
      ),
      'LEAK_VALUE:x',
    ],
    [
      'a column filled for anomalies alone',
      numbers('x', (row) => (labels[row] ? noise[row]! : Number.NaN)),
      'LEAK_MISSING:x',
    ],
    [
      'a column missing for anomalies alone',
      categories('x', ['a', 'b'], (row) => (labels[row] ? -1 : row % 2)),
      'LEAK_MISSING:x',
    ],
    [
      'a column filled for most anomalies, and nothing else',
      numbers('x', (row) => (labels[row] && row % 3 ? noise[row]! : Number.NaN)),
      'LEAK_MISSING:x',
    ],
    [
      'a code that a third of the anomalies has',
      numbers('x', (row) => (labels[row] && row % 3 === 0 ? 1 : 0)),
      'LEAK_PURE:x',
    ],
  ]
  test.each(leaks)('%s is an error that shows rows and tells how to accept it', (_, column, code) => {
    const [finding, ...others] = lint([column])
    expect(others).toEqual([])
    expect(codes([finding!])).toEqual([code])
    expect(finding).toMatchObject({ severity: 'error', message: expect.stringContaining(`lint.accept: ['${code}']`) })
    expect(finding!.rows.length).toBeGreaterThan(0)
    expect(finding!.rows[0]!.isAnomaly).toBe(true)
    expect(isAccepted(finding!, [code])).toBe(true)
    expect(isAccepted(finding!, ['LEAK_VALUE:other', 'DUPLICATES'])).toBe(false)
  })

  test('noise of any shape is no leak, however many values it has', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 4000 }), (seed, values) => {
        const draw = new Random(seed)
        const column = categories(
          'x',
          Array.from({ length: values }, (_, i) => `v${i}`),
          () => draw.below(values),
        )
        expect(codes(lint([column])).filter((code) => code.startsWith('LEAK'))).toEqual([])
      }),
      { numRuns: 25 },
    )
  })
})

describe('the split', () => {
  const from = (row: number) => (row < 4000 ? row : row - 3000)
  test('anomalies of the test period that training has seen are an error', () => {
    const found = lint([], {
      columns: new Map([['honest', numbers('honest', (row) => noise[from(row)]! + 1.5 * labels[row]!)]]),
    })
    expect(codes(found)).toEqual(['DUPLICATES'])
    expect(found[0]).toMatchObject({ severity: 'error', message: expect.stringContaining('1,000 of 1,000 rows') })
    expect(found[0]!.rows.slice(0, 2).map(({ row }) => row)).toEqual([1008, 4008])
  })

  test('copies of normal rows alone are a warning', () => {
    const copies = numbers('honest', (row) => noise[labels[row] ? row : from(row)]!)
    expect(lint([], { columns: new Map([['honest', copies]]) })).toMatchObject([
      { code: 'DUPLICATES', severity: 'warning' },
    ])
  })

  test('rows of few values repeat by nature and are no finding', () => {
    expect(lint([], { columns: new Map([['honest', numbers('honest', (row) => (row % 40) % 11)]]) })).toEqual([])
  })
})

describe('time', () => {
  test('events in the future are a warning that counts them', () => {
    const times = Float64Array.from({ length: rows }, (_, row) => nowMs + (row - 4000) * 3_600_000)
    const [finding] = lint([], { times })
    expect(finding).toMatchObject({ code: 'FUTURE_TIME', severity: 'warning', columns: ['time'] })
    expect(finding!.message).toMatch('975 events')
  })

  test('times that only another unit can mean are an error', () => {
    for (const perMs of [1e3, 1e6]) {
      const times = Float64Array.from({ length: rows }, (_, row) => (nowMs + row) * perMs)
      expect(lint([], { times })[0]).toMatchObject({ code: 'FUTURE_TIME', severity: 'error' })
    }
  })

  test('a rate that jumps is a warning that names the time', () => {
    const jump = Uint8Array.from(labels, (label, row) => (row >= 2000 && row < 2500 && row % 4 === 0 ? 1 : label))
    const [finding] = lint([], { labels: jump })
    expect(finding).toMatchObject({ code: 'RATE_UNSTABLE', severity: 'warning' })
    expect(finding!.message).toMatch('2025-12-31 00:33')
  })

  test('a long time without anomalies at the end is a gap whose labels may come yet', () => {
    const gap = Uint8Array.from(labels, (label, row) => (row > 3500 ? 0 : label))
    expect(lint([], { labels: gap }).map(({ code }) => code)).toContain('LABEL_GAP')
    expect(lint([], { labels: gap }).find(({ code }) => code === 'LABEL_GAP')!.message).toMatch(
      'may not have come in yet',
    )
  })

  test('few anomalies are a warning with their number in each period', () => {
    const few = Uint8Array.from(labels, (label, row) => (row % 200 === 7 ? label : 0))
    expect(lint([], { labels: few })).toMatchObject([
      {
        code: 'FEW_ANOMALIES',
        message: expect.stringContaining('25 anomalies (15 in training, 5 in validation, 5 in test)'),
      },
    ])
  })
})

describe('columns', () => {
  const many = Array.from({ length: rows }, (_, i) => `v${i}`)
  const cases: [string, Column, string][] = [
    ['one value', numbers('x', () => 3), 'CONSTANT:x'],
    ['nothing in it', numbers('x', () => Number.NaN), 'CONSTANT:x'],
    ['a text for each row', categories('x', many, (row) => row), 'NEARLY_UNIQUE:x'],
    ['a whole number for each row', numbers('x', (row) => (row * 7919) % 100_003), 'NEARLY_UNIQUE:x'],
    ['values that only rise', numbers('x', (row) => Math.floor(row / 3) / 7), 'CLOCK:x'],
    ['thousands of categories', categories('x', many.slice(0, 2000), (row) => (row * 31) % 2000), 'MANY_CATEGORIES:x'],
  ]
  test.each(cases)('%s is a warning', (_, column, code) => {
    const found = lint([column])
    expect(codes(found)).toEqual([code])
    expect(found[0]).toMatchObject({ severity: 'warning', message: expect.stringContaining('events.ignore: [x]') })
  })
})

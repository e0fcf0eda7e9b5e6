// Small histories in: where they are cut, which events they become, what is drawn from them, what is written.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { History } from '../core/column.ts'
import type { EventSchema, TimeColumn } from '../core/event.ts'
import { instantReader } from '../score/instant.ts'
import { readHistory, splitByTime } from './data.ts'
import { historyEvents, timeWriter } from './events.ts'
import { type ResampleOptions, resample, writeResampled } from './resample.ts'
import { writeCsv, writeJsonLines } from './write.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-sample-'))
})
afterAll(() => rm(dir, { recursive: true }))

const schema: EventSchema = {
  detector: 'test',
  id: 'no',
  time: { column: 'at', unit: 'iso' },
  entity: 'card',
  amount: null,
  label: { column: 'bad', anomaly: '1' },
  weight: 'w',
  fields: [
    { name: 'no', kind: 'number', isNullable: false },
    { name: 'at', kind: 'category', isNullable: false },
    { name: 'card', kind: 'number', isNullable: true },
    { name: 'x', kind: 'number', isNullable: true },
    { name: 'ok', kind: 'boolean', isNullable: true },
  ],
  features: ['x', 'ok'],
}

function historyOf(labels: readonly number[], timeOf = (row: number) => row * 1000): History {
  const rows = labels.length
  const entities = {
    kind: 'category' as const,
    name: 'card',
    codes: Int32Array.from(labels, (_, row) => (row % 3) - 1),
    dictionary: ['7', '8'],
  }
  return {
    rows,
    ids: labels.map((_, row) => String(row)),
    times: Float64Array.from(labels, (_, row) => timeOf(row)),
    labels: Uint8Array.from(labels),
    weights: new Float64Array(rows).fill(1),
    amounts: null,
    entities,
    columns: new Map<string, NonNullable<ReturnType<History['columns']['get']>>>([
      ['card', entities],
      [
        'x',
        {
          kind: 'number',
          name: 'x',
          values: Float64Array.from(labels, (_, row) => (row === 1 ? Number.NaN : row / 2)),
        },
      ],
      [
        'ok',
        {
          kind: 'category',
          name: 'ok',
          codes: Int32Array.from(labels, (_, row) => (row % 3) - 1),
          dictionary: ['false', 'true'],
        },
      ],
    ]),
  }
}

const everyTenth = (rows: number) => Array.from({ length: rows }, (_, row) => (row % 10 === 3 ? 1 : 0))

describe('splitByTime', () => {
  const shares = { validationShare: 0.2, testShare: 0.2 }

  test('the last rows test, those before them validate, the others train', () => {
    expect(splitByTime(historyOf(everyTenth(100)), shares)).toEqual({ validationStart: 60, testStart: 80 })
  })

  test('rows of one time are never parted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 60, maxLength: 60 }), (gaps) => {
        let time = 0
        const times = gaps.map((gap) => (time += gap < 7 ? 0 : 1))
        const history = historyOf(everyTenth(60), (row) => times[row]!)
        let split: ReturnType<typeof splitByTime>
        try {
          split = splitByTime(history, shares)
        } catch {
          return // so few times that a period has no anomaly
        }
        expect(times[split.validationStart - 1]).toBeLessThan(times[split.validationStart]!)
        expect(times[split.testStart - 1]).toBeLessThan(times[split.testStart]!)
      }),
    )
  })

  test('a period without an anomaly is refused, with its name and its dates', () => {
    const labels = everyTenth(100).map((label, row) => (row < 80 ? label : 0))
    expect(() => splitByTime(historyOf(labels), shares)).toThrow(
      'the test period (1970-01-01T00:01:20.000Z to 1970-01-01T00:01:39.000Z) has 0 anomalies in 20 rows; expected at least one anomaly and one normal row in each period; give a longer history, or change model.validationShare and model.testShare',
    )
  })

  test('a history of one single time cannot be cut', () => {
    expect(() =>
      splitByTime(
        historyOf(everyTenth(100), () => 5),
        shares,
      ),
    ).toThrow(/the training period \(empty/)
  })
})

describe('historyEvents', () => {
  test('a row is a flat event in the columns’ own names and forms, without label and weight', () => {
    const [first, second] = historyEvents(historyOf([0, 1, 0]), schema)
    expect(first).toEqual({ no: 0, at: '1970-01-01T00:00:00.000Z', card: null, x: 0, ok: null })
    expect(second).toEqual({ no: 1, at: '1970-01-01T00:00:01.000Z', card: 7, x: null, ok: false })
  })

  test('the live door reads every instant back to the same millisecond, whatever the unit and origin', () => {
    const column = fc.record({
      unit: fc.constantFrom('iso' as const, 's' as const, 'ms' as const, 'us' as const),
      origin: fc.constantFrom('1970-01-01T00:00:00Z', '2013-09-01T00:00:00Z', '2000-01-01T12:34:56.789Z'),
    })
    fc.assert(
      fc.property(column, fc.integer({ min: 0, max: 4e12 }), ({ unit, origin }, timeMs) => {
        const time: TimeColumn = { column: 'at', unit, origin }
        expect(instantReader(time)(JSON.parse(JSON.stringify(timeWriter(time)(timeMs))))).toBe(timeMs)
      }),
      { numRuns: 2000 },
    )
  })

  test('history reads a fractional time as the live door does', async () => {
    const path = join(dir, 'fractions.csv')
    const counts = [0.29, 1.001, 4.35, 1234567.8919]
    await writeCsv(
      path,
      counts.map((t, n) => ({ t, x: n, label: n % 2 })),
    )
    for (const unit of ['s', 'ms', 'us'] as const) {
      const time = { column: 't', unit, origin: '2013-09-01T00:00:00Z' }
      const { history } = await readHistory(path, { detector: 'test', time })
      expect([...history.times]).toEqual(counts.map((count) => instantReader(time)(count)))
    }
  })
})

describe('resample', () => {
  const history = historyOf(everyTenth(100))
  const draw = (options: Partial<ResampleOptions>) => [...resample(history, schema, { count: 50, seed: 1, ...options })]

  test('draws the number and the rate that were asked for, in order of time', () => {
    const rows = draw({ count: 500, anomalyRate: 0.3 })
    expect(rows.filter(({ label }) => label === 'anomaly')).toHaveLength(150)
    const times = rows.map(({ event }) => Date.parse(String(event.at)))
    expect(rows).toHaveLength(500)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test('without a rate takes that of the rows', () => {
    expect(draw({ count: 50 }).filter(({ label }) => label === 'anomaly')).toHaveLength(5)
  })

  test('every event has an id of its own; the first keeps its row’s', () => {
    const rows = draw({ count: 500, anomalyRate: 0.5 })
    expect(new Set(rows.map(({ eventId }) => eventId)).size).toBe(500)
    expect(rows.find(({ eventId }) => eventId === '3')?.event.no).toBe(3)
    expect(rows.find(({ eventId }) => eventId === '3-2')?.event).toMatchObject({ no: '3-2', x: 1.5 })
    expect(rows.every(({ event, eventId }) => String(event.no) === eventId)).toBe(true)
  })

  test('a row comes again only when all of its label have come', () => {
    const rows = draw({ count: 100, anomalyRate: 0.1 })
    expect(rows.every(({ eventId }) => !eventId!.includes('-'))).toBe(true)
  })

  test('the label is in no event', () => {
    for (const { event } of draw({})) expect(Object.keys(event)).toEqual(['no', 'at', 'card', 'x', 'ok'])
  })

  test('times move to the new period', () => {
    const rows = draw({ count: 100, anomalyRate: 0.1, from: Date.UTC(2026, 0, 1), durationMs: 990_000 })
    expect(rows[0]!.event.at).toBe('2026-01-01T00:00:00.000Z')
    expect(rows[99]!.event.at).toBe('2026-01-01T00:16:30.000Z')
  })

  test('the same seed draws the same, another seed another', () => {
    expect(draw({ seed: 7 })).toEqual(draw({ seed: 7 }))
    expect(draw({ seed: 8 })).not.toEqual(draw({ seed: 7 }))
  })

  test.each([
    [{ count: 0 }, /number of events is 0/],
    [{ anomalyRate: 1.5 }, /anomaly rate is 1.5/],
    [{ anomalyRate: Number.NaN }, /anomaly rate is NaN/],
  ])('%o is refused', (options, message) => {
    expect(() => draw(options)).toThrow(message)
  })

  test('anomalies cannot be drawn from rows without any', () => {
    const rows = resample(historyOf([0, 0, 0]), schema, { count: 10, anomalyRate: 0.5, seed: 1 })
    expect(() => [...rows]).toThrow(/the rows have no anomalies; expected some to draw from/)
  })

  test('events and labels go into two files whose lines belong together', async () => {
    const paths = { events: join(dir, 'events.jsonl'), labels: join(dir, 'labels.jsonl') }
    const rows = draw({ count: 30, anomalyRate: 0.5 })
    await writeResampled(paths, rows)
    const lines = async (path: string) =>
      (await readFile(path, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    expect(await lines(paths.events)).toEqual(rows.map(({ event }) => event))
    expect(await lines(paths.labels)).toEqual(rows.map(({ eventId, label }, n) => ({ line: n + 1, eventId, label })))
  })
})

describe('writing', () => {
  test('what writeCsv writes, readHistory reads: delimiters, quotes, line ends and nulls', async () => {
    const path = join(dir, 'written.csv')
    const rows = [
      { text: 'a "b", c\nd', x: 0.1, ok: true, label: 0 },
      { text: 'e', x: null, ok: false, label: 1 },
      { text: null, x: -2, ok: true, label: 0 },
    ]
    await writeCsv(path, rows)
    const { schema: read, history } = await readHistory(path, { detector: 'test' })
    expect([...historyEvents(history, read)]).toEqual(rows.map(({ label: _, ...row }) => row))
  })

  test('a path that ends in .gz is zipped', async () => {
    const path = join(dir, 'written.jsonl.gz')
    await writeJsonLines(path, [{ a: 1 }, { a: 2 }])
    expect(gunzipSync(await readFile(path)).toString()).toBe('{"a":1}\n{"a":2}\n')
  })

  test('a path that cannot be written is refused with its name', async () => {
    const path = join(dir, 'no', 'such', 'folder.csv')
    await expect(writeCsv(path, [])).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN',
      message: expect.stringContaining('folder.csv'),
    })
  })
})

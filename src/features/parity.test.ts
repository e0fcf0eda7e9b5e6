// Random declarations and random streams in: what is replayed over history and what is kept live must be the same bits.

import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Column, History } from '../core/column.ts'
import { featuresSection } from '../core/declaration.ts'
import { durationMs } from '../core/duration.ts'
import type { EventSchema } from '../core/event.ts'
import { versionAfter } from '../core/stateVersion.ts'
import { historyEvents } from '../data/events.ts'
import type { Derived } from '../model/model.ts'
import { windowStart } from './grid.ts'
import { type Forgotten, type HeldState, LiveFeatures } from './live.ts'
import { newestIn, reachMs } from './memory.ts'
import { type Plan, planFeatures } from './plan.ts'
import { replayHistory } from './replay.ts'

type Payment = {
  readonly id: number
  readonly time: number
  readonly card: string | null
  readonly shop: number | null
  readonly amount: number | null
  readonly isFraud: boolean
}

const schema: EventSchema = {
  detector: 'test',
  id: null,
  time: { column: 'time', unit: 'ms' },
  entity: 'card',
  amount: 'amount',
  label: { column: 'label', anomaly: '1' },
  weight: null,
  fields: [
    { name: 'time', kind: 'number', isNullable: false },
    { name: 'card', kind: 'category', isNullable: true },
    { name: 'shop', kind: 'number', isNullable: true },
    { name: 'amount', kind: 'number', isNullable: true },
  ],
  features: ['amount'],
}

const start = Date.parse('2026-03-27T20:00:00Z')
const lateness = 60_000

function historyOf(payments: readonly Payment[]): History {
  const sorted = [...payments].sort((a, b) => a.time - b.time || a.id - b.id)
  const numbers = (name: 'shop' | 'amount'): Column => ({
    kind: 'number',
    name,
    values: Float64Array.from(sorted, (payment) => payment[name] ?? Number.NaN),
  })
  const cards = [...new Set(sorted.flatMap(({ card }) => card ?? []))]
  const codes = Int32Array.from(sorted, ({ card }) => (card === null ? -1 : cards.indexOf(card)))
  return {
    rows: sorted.length,
    ids: sorted.map(({ id }) => `${id}`),
    times: Float64Array.from(sorted, ({ time }) => time),
    labels: Uint8Array.from(sorted, ({ isFraud }) => Number(isFraud)),
    weights: new Float64Array(sorted.length).fill(1),
    amounts: null,
    entities: null,
    columns: new Map<string, Column>([
      ['card', { kind: 'category', name: 'card', codes, dictionary: cards }],
      ['shop', numbers('shop')],
      ['amount', numbers('amount')],
    ]),
  }
}

const lengths = fc.constantFrom('1ms', '50ms', '1s', '90s', '10m', '1h', '1d', '7d')
const aggregates = ['count', 'sum(amount)', 'mean(amount)', 'max(amount)', 'min(amount)', 'std(amount)', 'last(amount)']
const memory = fc.record({
  over: fc.constantFrom<string | string[]>('card', 'shop', ['card', 'shop']),
  windows: fc.uniqueArray(lengths, { minLength: 1, maxLength: 4 }),
  aggregate: fc.uniqueArray(
    fc.constantFrom(...aggregates, 'distinct(shop)', 'timeSinceLast', 'timeSinceFirst', 'isFirst', 'sum(twice)'),
    { minLength: 1, maxLength: 6 },
  ),
  usual: fc.constantFrom<string[]>([], ['amount']),
  exact: fc.constantFrom('0s', '1s', '1h'),
  precision: fc.constantFrom(8, 64),
  grain: fc.constantFrom('1ms', '1s'),
})
const declarations = fc
  .record({
    calendar: fc.constantFrom<('hourOfDay' | 'dayOfWeek')[]>([], ['hourOfDay', 'dayOfWeek']),
    expressions: fc.constantFrom<Record<string, string>>(
      { twice: 'amount * 2' },
      {
        twice: 'amount * 2',
        odd: 'if(twice > 5 and not isMissing(card), log(amount), amount / 0)',
      },
    ),
    windows: fc.uniqueArray(memory, { minLength: 1, maxLength: 3, selector: ({ over }) => String(over) }),
  })
  .map((input) => featuresSection.parse({ ...input, timeZone: 'Europe/Berlin', allowedLateness: '60s' }))

const payment = fc.record({
  step: fc.oneof(fc.nat(3), fc.nat(900), fc.nat(100_000), fc.nat(40_000_000)),
  card: fc.constantFrom('a', 'b', null),
  shop: fc.constantFrom(1, 2.5, -0, null),
  amount: fc.oneof(fc.constantFrom(0, 0.1, 12.34, 99, null), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
  isFraud: fc.boolean(),
})
const payments = fc.array(payment, { minLength: 1, maxLength: 60, size: 'max' }).map((plans) => {
  let time = start
  return plans.map(({ step, ...rest }, id): Payment => {
    time += step
    return { ...rest, id, time }
  })
})

/** The stream's order: each payment delayed by less than the allowed lateness, some of them sent again. */
function disordered(sent: readonly Payment[], delays: readonly number[]): Payment[] {
  const arrivals = sent.map((one, i) => ({ one, at: one.time + delays[i % delays.length]! }))
  return arrivals.sort((a, b) => a.at - b.at || a.one.id - b.one.id).map(({ one }) => one)
}

function planOf(declaration: ReturnType<typeof featuresSection.parse>, history: History): Plan {
  return planFeatures({ declaration, schema, history, timeZone: 'UTC' })
}

const bits = (vector: Float32Array) => [...new Uint32Array(vector.slice().buffer)]

/** A worker over a store of bytes: states are taken from it and given back to it batch by batch; now and then it dies. */
class Worker {
  readonly states = new Map<string, HeldState>()
  readonly #derived: Derived
  readonly #make: () => LiveFeatures
  #live: LiveFeatures
  #forgotten: Forgotten = { forgettings: 0, base: Number.NEGATIVE_INFINITY }
  removed = 0

  constructor({ features, derived }: Plan) {
    this.#derived = derived!
    this.#make = () => {
      const live = new LiveFeatures({ schema, features, derived: derived! })
      live.forgetBefore(this.#forgotten)
      return live
    }
    this.#live = this.#make()
  }

  /** As the system does when its watermark has passed `base`; the store lets go of what is forgotten sooner or later. */
  forgetBefore(base: number, isSoon: boolean): void {
    this.#forgotten = { forgettings: this.#forgotten.forgettings + 1, base }
    this.#live.forgetBefore(this.#forgotten)
    if (!isSoon) return
    for (const [key, { bytes }] of this.states)
      if (newestIn(bytes) < base - reachMs(this.#derived.memories[Number.parseInt(key, 10)]!)) {
        this.states.delete(key)
        this.removed++
      }
    this.#live = this.#make()
  }

  take(batch: readonly Payment[], dies: boolean): Float32Array[] {
    const events = batch.map(({ time, card, shop, amount }) => ({ time, fields: { time, card, shop, amount } }))
    const sent: typeof events = JSON.parse(JSON.stringify(events))
    const keys = this.#live.missing(sent)
    this.#live.hold(
      keys,
      keys.flatMap((key) => this.states.get(key) ?? []),
    )
    const vectors = this.#live.vectors(sent)
    if (dies) {
      this.#live = this.#make()
      return this.take(batch, false)
    }
    for (const { key, expected, bytes } of this.#live.changes()) {
      expect(this.states.get(key)?.version ?? 0).toBe(expected)
      this.states.set(key, { key, version: versionAfter(expected, this.#forgotten.forgettings), bytes })
    }
    this.#live.kept()
    return sent.map((_, row) => vectors.subarray(row * this.#live.width, (row + 1) * this.#live.width))
  }
}

/** `forgets`: after each batch, all that no payment which is still to come can see. */
function stream(plan: Plan, arrived: readonly Payment[], cuts: readonly number[], forgets = false) {
  const worker = new Worker(plan)
  const vectors = new Map<number, Float32Array>()
  for (let at = 0, cut = 0; at < arrived.length; cut++) {
    const size = 1 + (cuts[cut % cuts.length]! % 7)
    const batch = arrived.slice(at, at + size)
    const taken = worker.take(batch, cuts[cut % cuts.length]! % 3 === 0)
    for (const [i, vector] of taken.entries()) vectors.set(batch[i]!.id, vector)
    at += size
    const rest = arrived.slice(at).map(({ time }) => time)
    if (forgets && rest.length > 0) worker.forgetBefore(Math.min(...rest), cuts[cut % cuts.length]! % 2 === 0)
  }
  const states = [...worker.states.values()].map(({ key, bytes }) => `${key} ${bytes}`).sort()
  return { vectors, states, removed: worker.removed }
}

const cuts = fc.array(fc.nat(1000), { minLength: 1, maxLength: 10 })

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 60_000 })

describe('offline and online', () => {
  test('in order, the stream’s vectors are the history’s, bit for bit, however it is cut into batches and restarted', () => {
    fc.assert(
      fc.property(declarations, payments, cuts, (declaration, sent, cuts) => {
        const history = historyOf(sent)
        const plan = planOf(declaration, history)
        const { columns } = replayHistory(plan, schema, history, 0)
        const { vectors } = stream(plan, sent, cuts)
        for (const { id } of sent) {
          const row = history.ids.indexOf(`${id}`)
          expect(bits(vectors.get(id)!)).toEqual(bits(Float32Array.from(columns, (column) => column[row]!)))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('out of order within the allowed lateness, what is remembered is the same, and every event that was not overtaken has its vector of the history', () => {
    let overtaken = 0
    fc.assert(
      fc.property(
        ...([declarations, payments, cuts, fc.array(fc.nat(lateness - 1), { minLength: 1, maxLength: 9 })] as const),
        (declaration, sent, cuts, delays) => {
          const history = historyOf(sent)
          const plan = planOf(declaration, history)
          const { columns } = replayHistory(plan, schema, history, 0)
          const arrived = disordered(sent, delays)
          const shuffled = stream(plan, arrived, cuts)
          expect(shuffled.states).toEqual(stream(plan, sent, cuts).states)
          for (const [place, { id, time }] of arrived.entries()) {
            if (arrived.slice(place + 1).some((later) => later.time < time)) overtaken++
            else {
              const row = history.ids.indexOf(`${id}`)
              expect(bits(shuffled.vectors.get(id)!)).toEqual(
                bits(Float32Array.from(columns, (column) => column[row]!)),
              )
            }
          }
        },
      ),
      { numRuns: 60 },
    )
    expect(overtaken).toBeGreaterThan(50)
  })

  test('the past of an entity that was idle for so long that no event sees it may be forgotten: not a bit of any vector changes, nor of what is remembered later', () => {
    let removed = 0
    fc.assert(
      fc.property(
        ...([declarations, payments, cuts, fc.array(fc.nat(lateness - 1), { minLength: 1, maxLength: 9 })] as const),
        (declaration, sent, cuts, delays) => {
          const plan = planOf(declaration, historyOf(sent))
          const arrived = disordered(sent, delays)
          const whole = stream(plan, arrived, cuts)
          const forgetful = stream(plan, arrived, cuts, true)
          for (const [id, vector] of forgetful.vectors) expect(bits(vector)).toEqual(bits(whole.vectors.get(id)!))
          for (const state of forgetful.states) expect(whole.states).toContain(state)
          removed += forgetful.removed
        },
      ),
      { numRuns: 60 },
    )
    expect(removed).toBeGreaterThan(100)
  })
})

/** What a window over cards says of each payment, beside what a person would count. */
function expectCounted(sent: readonly Payment[], length: string, precision: number, exact: string): void {
  const declaration = featuresSection.parse({
    windows: [
      {
        ...{ over: 'card', windows: [length], precision, exact },
        aggregate: ['count', 'sum(amount)', 'max(amount)', 'distinct(shop)'],
      },
    ],
  })
  const history = historyOf(sent)
  const plan = planOf(declaration, history)
  const { columns } = replayHistory(plan, schema, history, 0)
  const column = (name: string) => columns[plan.features.findIndex((feature) => feature.name.startsWith(name))]!
  const events = [...historyEvents(history, schema)]
  const grid = { precision, exactMs: durationMs(exact) }
  for (const [row, event] of events.entries()) {
    const time = history.times[row]!
    const from = windowStart(time, durationMs(length), grid)
    const own = events.filter(
      ({ card }, i) => card === event.card && history.times[i]! < time && history.times[i]! >= from,
    )
    own.push(event)
    if (event.card === null) {
      expect(column('card_count')[row]).toBeNaN()
      continue
    }
    const amounts = own.flatMap(({ amount }) => (typeof amount === 'number' ? amount : []))
    expect(column('card_count')[row]).toBe(own.length)
    expect(column('card_sum')[row]).toBeCloseTo(
      amounts.reduce((sum, amount) => sum + amount, 0),
      -1,
    )
    if (amounts.length > 0) expect(column('card_max')[row]).toBeCloseTo(Math.max(...amounts), -1)
    else expect(column('card_max')[row]).toBeNaN()
    const shops = new Set(own.flatMap(({ shop }) => (typeof shop === 'number' ? shop + 0 : [])))
    expect(column('card_distinct')[row]).toBe(shops.size)
  }
}

describe('a window', () => {
  test('holds what a person would count: every known event from its start on and before the event, and the event itself', () => {
    fc.assert(fc.property(payments, lengths, fc.constantFrom(8, 64), fc.constantFrom('0s', '10m'), expectCounted), {
      numRuns: 40,
    })
  })

  test('of amounts too small for any step holds numbers, not nothing', () => {
    const payment = { card: 'a', shop: 1, isFraud: false, time: start }
    expectCounted(
      [
        { ...payment, amount: -5e-324, id: 0 },
        { ...payment, amount: 0, id: 1 },
      ],
      '1ms',
      8,
      '0s',
    )
  })
})

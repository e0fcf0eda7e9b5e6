// The loop alone, batch by batch, with stream and store as plain arguments.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, detector, type SimulatedEvent, simulatedScorer } from '../test/simulate/detector.ts'
import { MemoryStore } from '../test/simulate/memory-store.ts'
import { MemoryLog, openMemoryStream } from '../test/simulate/memory-stream.ts'
import { alertsOf } from './alert/alert.ts'
import { type Clock, ManualClock } from './core/clock.ts'
import { dayEnd, dayOf } from './core/day.ts'
import { TocsinError } from './core/error.ts'
import { type LoopOptions, runPartition } from './loop.ts'

const noon = Date.parse('2026-11-22T12:00:00Z')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const event = (id: string, changes: Partial<SimulatedEvent> = {}): SimulatedEvent => ({
  id,
  time: noon,
  card: 'c1',
  amount: 5,
  ...changes,
})

type Setting = Partial<LoopOptions> & { store?: MemoryStore; clock?: Clock }

/** Runs the loop over the records until the store's position is past the last. */
async function run(records: readonly (SimulatedEvent | { bad: string })[], setting: Setting = {}) {
  const { store = new MemoryStore(), clock = new ManualClock(noon) } = setting
  const log = new MemoryLog(1)
  const stream = openMemoryStream(log, clock)
  await stream.append(records.map((record) => ({ key: 'one', bytes: bytesOf(record) })))
  const stop = new AbortController()
  const onBatch: LoopOptions['onBatch'] = (batch) => {
    setting.onBatch?.(batch)
    if (batch.next === records.length) stop.abort()
  }
  await runPartition({
    detector,
    partition: 0,
    stream,
    store,
    scorer: async () => simulatedScorer(),
    alertsOf,
    allowedLatenessMs: 5 * minute,
    timeZone: 'UTC',
    maxRecords: 100,
    clock,
    signal: stop.signal,
    ...setting,
    onBatch,
  })
  return store
}

const ids = (store: MemoryStore) => [...store.decisions.keys()]

describe('a batch', () => {
  test('is committed whole: decisions with their places, alerts, dead letters, and the next position', async () => {
    const records = [event('a'), { bad: '{' }, event('b', { amount: 500 })]
    const { commits } = await run(records)
    expect(commits).toHaveLength(1)
    expect(commits[0]).toMatchObject({ detector, partition: 0, expected: 0, next: 3, watermark: noon - 5 * minute })
    expect(commits[0]!.decisions.map(({ event: { id }, position, outcome }) => [id, position, outcome])).toEqual([
      ['a', 0, 'pass'],
      ['b', 2, 'alert'],
    ])
    expect(commits[0]!.alerts.map(({ eventId }) => eventId)).toEqual(['b'])
    expect(commits[0]!.deadLetters).toEqual([
      {
        detector,
        partition: 0,
        position: 1,
        bytes: bytesOf({ bad: '{' }),
        code: 'EVENT_NOT_JSON',
        reason: expect.any(String),
      },
    ])
  })

  test('with nothing but bad records still moves the position', async () => {
    const { commits, deadLetters } = await run([{ bad: '[]' }, { bad: '{}' }])
    expect(commits.map(({ next, watermark }) => [next, watermark])).toEqual([[2, Number.NEGATIVE_INFINITY]])
    expect(deadLetters.map(({ code }) => code)).toEqual(['EVENT_NOT_OBJECT', 'EVENT_FIELD_MISSING'])
  })

  test('asks for the scorer anew, so that a promoted model decides from the next batch on', async () => {
    let version = 0
    const scorer = async () => {
      version++
      const { decode, decide } = simulatedScorer()
      return {
        decode,
        decide: (events: Parameters<typeof decide>[0]) =>
          decide(events).map((scored) => ({ ...scored, modelVersion: version })),
      }
    }
    const { decisions } = await run([event('a'), event('b'), event('c')], { scorer, maxRecords: 2 })
    expect([...decisions.values()].map(({ modelVersion }) => modelVersion)).toEqual([1, 1, 2])
  })
})

describe('an event that came before', () => {
  test('in the same batch is left out and counted: the first one counts', async () => {
    const store = await run([event('a', { amount: 1 }), event('a', { amount: 2 }), event('b')])
    expect(ids(store)).toEqual(['a', 'b'])
    expect(store.decisions.get('a')!.event.amount).toBe(1)
    expect(store.duplicates).toBe(1)
  })

  test('in an earlier batch is left out and counted', async () => {
    const store = await run([event('a'), event('b'), event('a'), event('b'), event('c')], { maxRecords: 2 })
    expect(ids(store)).toEqual(['a', 'b', 'c'])
    expect(store.duplicates).toBe(2)
  })

  test('moves no watermark, whatever time it claims now', async () => {
    const { commits } = await run([event('a'), event('a', { time: noon + hour })], { maxRecords: 1 })
    expect(commits.map(({ watermark }) => watermark)).toEqual([noon - 5 * minute, noon - 5 * minute])
  })
})

describe('an event that cannot be scored', () => {
  test('is looked for only where the scorer refuses: a fault of the program in a batch ends the loop', async () => {
    const { decode, decide } = simulatedScorer()
    const broken = (events: Parameters<typeof decide>[0]) => {
      if (events.length > 1) throw new TypeError('a bug in batches')
      return decide(events)
    }
    const scorer = async () => ({ decode, decide: broken })
    await expect(run([event('a'), event('b')], { scorer })).rejects.toThrow('a bug in batches')
  })

  const refusing = async () => {
    const { decode, decide } = simulatedScorer()
    return {
      decode,
      decide: (events: Parameters<typeof decide>[0]) => {
        for (const { id } of events) if (id === 'worst') throw new TocsinError('SCORE_INVALID', 'no probability')
        return decide(events)
      },
    }
  }

  test('goes to the dead letters alone; its neighbours are decided', async () => {
    const store = await run([event('a'), event('worst'), event('b')], { scorer: refusing })
    expect(ids(store)).toEqual(['a', 'b'])
    expect(store.deadLetters).toMatchObject([{ position: 1, code: 'SCORE_INVALID', reason: 'no probability' }])
  })

  test('is not blamed for a fault of the program: that ends the loop, and nothing is committed', async () => {
    const broken = async () => ({
      ...simulatedScorer(),
      decide: () => {
        throw new TypeError('a bug')
      },
    })
    const store = new MemoryStore()
    await expect(run([event('a')], { scorer: broken, store })).rejects.toThrow('a bug')
    expect(store.commits).toEqual([])
  })
})

describe('event time', () => {
  test('the watermark follows the newest event at the allowed lateness and never goes back', async () => {
    const times = [0, 30, 10, 40].map((minutes) => noon + minutes * minute)
    const { commits } = await run(
      times.map((time, i) => event(`e${i}`, { time })),
      { maxRecords: 1 },
    )
    expect(commits.map(({ watermark }) => (watermark - noon) / minute)).toEqual([-5, 25, 25, 35])
  })

  test('an event is late from when the watermark has reached the end of its day', async () => {
    const midnight = dayEnd('2026-11-22', 'UTC')
    const events = [
      event('evening', { time: midnight - 1 }),
      event('next day', { time: midnight + 5 * minute - 1 }),
      event('not late', { time: midnight - 1 }),
      event('watermark at midnight', { time: midnight + 5 * minute }),
      event('late', { time: midnight - 1 }),
      event('on time', { time: midnight }),
    ]
    const { decisions } = await run(events)
    expect([...decisions.values()].filter(({ isLate }) => isLate).map(({ event: { id } }) => id)).toEqual(['late'])
  })

  test('a watermark that was raised from outside between two batches makes late what comes after', async () => {
    const store = new MemoryStore()
    const onBatch = () => void store.raiseWatermark(detector, dayEnd('2026-11-22', 'UTC'))
    await run([event('a'), event('b')], { store, maxRecords: 1, onBatch })
    expect([...store.decisions.values()].map(({ isLate }) => isLate)).toEqual([false, true])
    expect(store.commits[1]!.watermark).toBe(dayEnd('2026-11-22', 'UTC'))
  })

  test('… also while the loop waits for a scorer', async () => {
    const store = new MemoryStore()
    const scorer = async () => {
      await store.raiseWatermark(detector, dayEnd('2026-11-22', 'UTC'))
      return simulatedScorer()
    }
    await run([event('a'), event('b')], { store, maxRecords: 1, scorer })
    expect([...store.decisions.values()].map(({ isLate }) => isLate)).toEqual([false, true])
  })

  test('lateness is what its definition says, however the records fall into batches', async () => {
    const zones = fc.constantFrom('UTC', 'America/Chicago', 'Australia/Lord_Howe', 'Asia/Kathmandu')
    const hours = fc.array(fc.integer({ min: -80 * 60, max: 0 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(hours, zones, fc.integer({ min: 1, max: 5 }), async (minutes, timeZone, maxRecords) => {
        const events = minutes.map((ago, i) => event(`e${i}`, { time: noon + ago * minute }))
        const { decisions } = await run(events, { timeZone, maxRecords })
        let watermark = Number.NEGATIVE_INFINITY
        for (const { id, time } of events) {
          expect(decisions.get(id)!.isLate).toBe(dayEnd(dayOf(time, timeZone), timeZone) <= watermark)
          watermark = Math.max(watermark, time - 5 * minute)
        }
      }),
    )
  })

  test('an event more than a day ahead of the clock goes to the dead letters and closes no day', async () => {
    const events = [event('a'), event('far', { time: noon + day + 1 }), event('near', { time: noon + day })]
    const store = await run(events)
    expect(ids(store)).toEqual(['a', 'near'])
    expect(store.deadLetters).toMatchObject([{ position: 1, code: 'EVENT_TIME_FUTURE' }])
    expect(store.deadLetters[0]!.reason).toContain(
      'is of 2026-11-23T12:00:00.001Z; expected at most 2026-11-23T12:00:00.000Z',
    )
    expect(store.commits[0]!.watermark).toBe(noon + day - 5 * minute)
  })

  test('how far ahead an event may be can be set', async () => {
    const store = await run([event('a', { time: noon + 10 * day })], { maxFutureMs: 10 * day })
    expect(ids(store)).toEqual(['a'])
  })
})

describe('a store that cannot take the batch now', () => {
  class FullStore extends MemoryStore {
    refusals = 3
    override async commit(batch: Parameters<MemoryStore['commit']>[0]) {
      if (this.refusals-- > 0) throw new TocsinError('STORE_FULL', 'the disk is full')
      return super.commit(batch)
    }
  }

  test('is given the same batch again, after longer and longer waits, and nothing is skipped', async () => {
    const waits: number[] = []
    const clock = { now: () => noon, sleep: async () => {} }
    const store = await run([event('a'), event('b')], {
      store: new FullStore(),
      clock,
      maxRecords: 1,
      onWait: ({ code }, delayMs) => {
        expect(code).toBe('STORE_FULL')
        waits.push(delayMs)
      },
    })
    expect(waits).toEqual([100, 200, 400])
    expect(ids(store)).toEqual(['a', 'b'])
    expect(store.duplicates).toBe(0)
  })

  test('does not keep the loop from ending when asked to', async () => {
    const stop = new AbortController()
    const store = new FullStore()
    store.refusals = Number.POSITIVE_INFINITY
    await run([event('a')], { store, signal: stop.signal, onWait: () => stop.abort() })
    expect(store.commits).toEqual([])
  })

  test('with any other error ends the loop', async () => {
    const store = new MemoryStore()
    store.commit = async () => {
      throw new TocsinError('STORE_DAMAGED', 'the file is damaged')
    }
    await expect(run([event('a')], { store })).rejects.toThrow('the file is damaged')
  })
})

describe('a stream', () => {
  test('that hands over again what it handed over before moves nothing back', async () => {
    const log = new MemoryLog(1)
    const records = ['a', 'b', 'c', 'd'].map((id) => bytesOf(event(id)))
    for (const bytes of records) log.append({ key: 'one', bytes }, noon)
    const [a, b, c, d] = log.partitions[0]!
    const stream = {
      async *consume() {
        yield [a!, b!]
        yield [a!, b!]
        yield [b!, c!]
        yield [d!]
      },
    }
    const store = await run([], { stream })
    expect(ids(store)).toEqual(['a', 'b', 'c', 'd'])
    expect(store.duplicates).toBe(0)
    expect(store.commits.map(({ expected, next }) => [expected, next])).toEqual([
      [0, 2],
      [2, 3],
      [3, 4],
    ])
  })

  test('that ends, ends the loop', async () => {
    const stream = { async *consume() {} }
    expect((await run([], { stream })).commits).toEqual([])
  })
})

test('a loop that was overtaken by another worker reads its position anew and goes on from there', async () => {
  const store = new MemoryStore()
  // Just before the first commit, another worker commits the first two records.
  store.commit = async (batch) => {
    store.commit = (again) => MemoryStore.prototype.commit.call(store, again)
    await run([event('a'), event('b')], { store })
    return store.commit(batch)
  }
  await run([event('a'), event('b'), event('c')], { store, maxRecords: 1 })
  expect(ids(store)).toEqual(['a', 'b', 'c'])
  expect(store.duplicates).toBe(0)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../core/clock.ts'
import { type ReplayRecord, type ReplaySpeed, replay } from './replay.ts'
import type { AppendRecord } from './stream.ts'

const records = (count: number, everyMs = 1000): ReplayRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: 'k', bytes: Buffer.from(String(i)), time: 5_000_000 + i * everyMs }))

/** Remembers when it took which record. */
function listeningStream(clock: ManualClock, takeMs = 0) {
  const taken: { number: number; at: number }[] = []
  const sizes: number[] = []
  const append = async (batch: readonly AppendRecord[]) => {
    sizes.push(batch.length)
    if (takeMs > 0) await clock.sleep(takeMs)
    for (const { bytes } of batch) taken.push({ number: Number(Buffer.from(bytes).toString()), at: clock.now() })
    return batch.map((_, i) => ({ partition: 0, position: i }))
  }
  return { append, taken, sizes }
}

async function run(speed: ReplaySpeed, input: ReplayRecord[], forMs: number, takeMs = 0) {
  const clock = new ManualClock(0)
  const stream = listeningStream(clock, takeMs)
  const done = replay({ records: input, stream, speed, clock })
  await clock.advance(forMs)
  return { ...stream, appended: await done }
}

test('at full speed everything is appended in order, in batches', async () => {
  const { taken, sizes, appended } = await run('max', records(2500), 0)
  expect(appended).toBe(2500)
  expect(taken.map(({ number }) => number)).toEqual(Array.from({ length: 2500 }, (_, i) => i))
  expect(sizes).toEqual([1000, 1000, 500])
})

test('at a speed in events, no record comes before it is due and none much later', async () => {
  const { taken } = await run({ eventsPerSecond: 200 }, records(400), 3000)
  expect(taken).toHaveLength(400)
  for (const { number, at } of taken) {
    expect(at).toBeGreaterThanOrEqual(number * 5)
    expect(at).toBeLessThanOrEqual(number * 5 + 20)
  }
})

test('at a multiple of event time, the gaps of the events are kept, that much shorter', async () => {
  const { taken } = await run({ timesEventTime: 60 }, records(10, 60_000), 20_000)
  expect(taken.map(({ at }) => at)).toEqual(Array.from({ length: 10 }, (_, i) => i * 1000))
})

test('an event out of order comes at once, and those after it at their own times', async () => {
  const [a, b, c] = records(3)
  const { taken } = await run({ timesEventTime: 1 }, [a!, c!, b!], 5000)
  expect(taken).toEqual([
    { number: 0, at: 0 },
    { number: 2, at: 2000 },
    { number: 1, at: 2000 },
  ])
})

test('whatever the speed and the stream, every record is appended once, in order, and never early', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 50 }),
      async (eventsPerSecond, count, takeMs) => {
        const { taken } = await run({ eventsPerSecond }, records(count), 70_000, takeMs)
        expect(taken.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, i) => i))
        for (const { number, at } of taken) expect(at).toBeGreaterThanOrEqual((number * 1000) / eventsPerSecond)
      },
    ),
    { numRuns: 30 },
  )
})

test('a stream that is slower than the speed slows the replay: one append at a time', async () => {
  const { taken, sizes } = await run({ eventsPerSecond: 1000 }, records(300), 5000, 100)
  expect(taken).toHaveLength(300)
  // What became due during an append goes in the next one.
  expect(Math.max(...sizes)).toBeGreaterThan(50)
})

test('progress tells how many the stream has taken', async () => {
  const clock = new ManualClock(0)
  const heard: number[] = []
  const stream = listeningStream(clock)
  await replay({ records: records(1500), stream, speed: 'max', clock, onProgress: (count) => heard.push(count) })
  expect(heard).toEqual([1000, 1500])
})

test('an abort ends the replay: what was appended is answered, and nothing follows', async () => {
  const clock = new ManualClock(0)
  const abort = new AbortController()
  const stream = listeningStream(clock)
  const speed = { eventsPerSecond: 1 }
  const done = replay({ records: records(100), stream, speed, clock, signal: abort.signal })
  await clock.advance(3500)
  abort.abort()
  expect(await done).toBe(4)
  await clock.advance(10_000)
  expect(stream.taken).toHaveLength(4)
})

test('a stream that refuses ends the replay with its error', async () => {
  const append = async () => Promise.reject(new Error('no room'))
  const replaying = replay({ records: records(3), stream: { append }, speed: 'max', clock: new ManualClock(0) })
  await expect(replaying).rejects.toThrow('no room')
})

test('a speed that is no number above 0 is refused', async () => {
  for (const speed of [{ eventsPerSecond: 0 }, { eventsPerSecond: Number.NaN }, { timesEventTime: -1 }]) {
    const clock = new ManualClock(0)
    await expect(replay({ records: records(1), stream: listeningStream(clock), speed, clock })).rejects.toThrow(
      RangeError,
    )
  }
})

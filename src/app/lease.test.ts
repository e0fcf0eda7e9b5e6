// Work under a lease, over a lease that is taken, lost and given back by hand.

import { expect, test } from 'vitest'
import { ManualClock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import { whileLeased } from './lease.ts'

const stop = new AbortController()
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

function rig(answers: (AbortController | undefined | Error)[]) {
  const clock = new ManualClock(0)
  const waits: string[] = []
  const released: number[] = []
  const lease = async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer && { lost: answer.signal, release: async () => void released.push(clock.now()) }
  }
  const onWait = (error: TocsinError) => void waits.push(error.code)
  return { clock, waits, released, leasing: { store: { lease }, name: 'jobs', clock, signal: stop.signal, onWait } }
}

test('the work waits for a lease that another has, and gives it back at its end', async () => {
  const { clock, released, leasing } = rig([undefined, undefined, new AbortController()])
  const startedAt: number[] = []
  const done = whileLeased(leasing, async () => void startedAt.push(clock.now()))
  await clock.advance(5000)
  await done
  expect([startedAt, released]).toEqual([[2000], [2000]])
})

test('work that lost its lease is asked to end, and begins again with the next one', async () => {
  const first = new AbortController()
  const { clock, leasing } = rig([first, new AbortController()])
  let runs = 0
  const done = whileLeased(leasing, (signal) => (++runs === 1 ? untilAborted(signal) : Promise.resolve()))
  await clock.advance(10)
  first.abort()
  await clock.advance(5000)
  await done
  expect(runs).toBe(2)
})

test('a store that is away is waited for; any other failure ends the work', async () => {
  const { clock, waits, leasing } = rig([new TocsinError('STORE_BUSY', 'away'), new AbortController()])
  const failing = whileLeased(leasing, () => Promise.reject(new RangeError('of the work')))
  const failed = expect(failing).rejects.toThrow(RangeError)
  await clock.advance(3000)
  await failed
  expect(waits).toEqual(['STORE_BUSY'])
})

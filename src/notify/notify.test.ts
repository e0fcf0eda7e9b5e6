import { afterEach, describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../test/contract/outbox.ts'
import { exampleDelivery } from '../../test/contract/receiver.ts'
import type { Delivery } from '../core/alert.ts'
import { ManualClock } from '../core/clock.ts'
import { Random } from '../core/random.ts'
import { createNotifier, type DeliveryResult, type Outbox } from './notify.ts'
import type { DeliveryOutcome, Receiver } from './receiver.ts'
import { retryDelaysMs } from './schedule.ts'

const ok = { ok: true } as const
const later = (reason = 'down', retryAfterMs?: number): DeliveryOutcome =>
  retryAfterMs === undefined ? { ok: false, retry: true, reason } : { ok: false, retry: true, reason, retryAfterMs }

/** A receiver that answers what `answer` says, and remembers when it was asked for what. */
function receiver(name: string, answer: (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>) {
  const tries: { id: string; at: number }[] = []
  const made: Receiver = {
    name,
    kind: 'test',
    deliver: (delivery, signal) => {
      tries.push({ id: delivery.id, at: clock.now() })
      return answer(delivery, signal)
    },
    preview: () => ({ contentType: 'text/plain', body: '' }),
  }
  return { ...made, tries }
}

let clock = new ManualClock(0)
let stop = new AbortController()
let running: Promise<void> | undefined

function start(outbox: Outbox, receivers: readonly Receiver[], onSettled?: (d: Delivery, r: DeliveryResult) => void) {
  clock = new ManualClock(0)
  stop = new AbortController()
  const named = new Map(receivers.map((one) => [one.name, one]))
  const parts = { outbox, receivers: named, clock, random: new Random(1) }
  const notifier = createNotifier(onSettled ? { ...parts, onSettled } : parts)
  running = notifier.run(stop.signal)
  return { notifier, done: running }
}

const to = (name: string, id: string, fields: Partial<Delivery> = {}) =>
  exampleDelivery({ receiver: name, id, ...fields })
const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => to(name, `${name}-${i}`))
/** Answers when the signal aborts, and only then. */
const never = (_: Delivery, signal: AbortSignal) =>
  new Promise<DeliveryOutcome>((resolve) => signal.addEventListener('abort', () => resolve(later('aborted'))))

afterEach(async () => {
  stop.abort()
  await clock.advance(60_000)
  await running?.catch(() => {})
})

describe('the notifier', () => {
  it('sends what is due at once and marks it sent', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    const a = receiver('a', async () => ok)
    start(outbox, [a])
    await clock.advance(0)
    expect(outbox.get('1')).toMatchObject({ state: 'sent', attempts: 1, reason: null })
    expect(a.tries).toEqual([{ id: '1', at: 0 }])
  })

  it('sends a new delivery when it is woken, without waiting for the clock', async () => {
    const outbox = memoryOutbox()
    const { notifier } = start(outbox, [receiver('a', async () => ok)])
    await clock.advance(0)
    outbox.add(to('a', '1'))
    await clock.advance(0)
    expect(outbox.get('1')!.state).toBe('pending')
    notifier.wake()
    await clock.advance(0)
    expect(outbox.get('1')!.state).toBe('sent')
  })

  it('finds within seconds what another process put into the outbox', async () => {
    const outbox = memoryOutbox()
    start(outbox, [receiver('a', async () => ok)])
    await clock.advance(1_000)
    outbox.add(to('a', '1'))
    await clock.advance(5_000)
    expect(outbox.get('1')!.state).toBe('sent')
  })

  it('sends a backlog of many pages, each delivery once', async () => {
    const outbox = memoryOutbox(...many('a', 350))
    const a = receiver('a', async () => ok)
    start(outbox, [a])
    await clock.advance(0)
    for (let turn = 0; turn < 50 && a.tries.length < 350; turn++) await clock.advance(0)
    expect(new Set(a.tries.map(({ id }) => id)).size).toBe(350)
    expect(a.tries).toHaveLength(350)
  })

  it('tries again after the schedule, with the same key, until it is heard', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    let failures = 3
    const a = receiver('a', async () => (failures-- > 0 ? later() : ok))
    start(outbox, [a])
    await clock.advance(120_000)
    expect(a.tries.map(({ id }) => id)).toEqual(['1', '1', '1', '1'])
    const waits = a.tries.slice(1).map(({ at }, i) => (at - a.tries[i]!.at) / retryDelaysMs[i]!)
    for (const wait of waits) expect(Math.abs(wait - 1)).toBeLessThanOrEqual(0.2)
    expect(outbox.get('1')).toMatchObject({ state: 'sent', attempts: 4 })
  })

  it('waits as long as the receiver asks', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    const a = receiver('a', async () => (a.tries.length === 1 ? later('busy', 90_000) : ok))
    start(outbox, [a])
    await clock.advance(100_000)
    expect(a.tries.map(({ at }) => at)).toEqual([0, 90_000])
  })

  it('gives up after the last try and says why', async () => {
    const tried = retryDelaysMs.length
    const outbox = memoryOutbox(to('a', '1', { attempts: tried - 1 }))
    const settled: string[] = []
    start(outbox, [receiver('a', async () => later('still down'))], (_, { state }) => settled.push(state))
    await clock.advance(0)
    expect(outbox.get('1')!.state).toBe('pending')
    await clock.advance(30 * 3_600_000)
    expect(outbox.get('1')).toMatchObject({
      state: 'dead',
      reason: `given up after ${tried + 1} tries; the last: still down`,
    })
    expect(settled).toEqual(['pending', 'dead'])
  })

  it('gives up at once where the receiver says that it never will work', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    const a = receiver('a', async () => ({ ok: false, retry: false, reason: 'no such address' }))
    start(outbox, [a])
    await clock.advance(3_600_000)
    expect(outbox.get('1')).toMatchObject({ state: 'dead', reason: 'no such address' })
    expect(a.tries).toHaveLength(1)
  })

  it('ends what is meant for a receiver that is configured no more, with a reason', async () => {
    const outbox = memoryOutbox(to('gone', '1'))
    start(outbox, [receiver('a', async () => ok)])
    await clock.advance(0)
    expect(outbox.get('1')).toMatchObject({
      state: 'dead',
      reason: expect.stringContaining('no receiver is named "gone"'),
    })
  })

  it('one receiver that never answers, with a long backlog, delays no other', async () => {
    const outbox = memoryOutbox(...many('slow', 500), to('quick', 'first'))
    const quick = receiver('quick', async () => ok)
    const { notifier } = start(outbox, [receiver('slow', never), quick])
    await clock.advance(0)
    outbox.add(to('quick', 'second', { nextAttemptAt: 3_000 }))
    notifier.wake()
    await clock.advance(10_000)
    expect(quick.tries).toEqual([
      { id: 'first', at: 0 },
      { id: 'second', at: 3_000 },
    ])
  })

  it('lets go of a try after two minutes, and tries again', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    start(outbox, [receiver('a', never)])
    await clock.advance(120_000)
    expect(outbox.get('1')).toMatchObject({ state: 'pending', attempts: 1, reason: 'aborted' })
  })

  it('counts as a failed try when a receiver throws', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    start(outbox, [receiver('a', () => Promise.reject(new Error('the disk is full')))])
    await clock.advance(0)
    expect(outbox.get('1')).toMatchObject({ state: 'pending', attempts: 1, reason: 'the disk is full' })
  })

  it('ends with a programmer’s mistake', async () => {
    const { done } = start(memoryOutbox(to('a', '1')), [
      receiver('a', () => Promise.reject(new TypeError('x is undefined'))),
    ])
    await expect(done).rejects.toThrow('x is undefined')
  })

  it('ends when the outbox fails, after what was being sent has ended', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    const broken = { ...outbox, settle: () => Promise.reject(new Error('the store is closed')) }
    await expect(start(broken, [receiver('a', async () => ok)]).done).rejects.toThrow('the store is closed')
  })
})

describe('a stop', () => {
  it('begins nothing new and waits for what is being sent', async () => {
    const outbox = memoryOutbox(...many('a', 10))
    const answers: (() => void)[] = []
    const a = receiver('a', () => new Promise((resolve) => answers.push(() => resolve(ok))))
    const { done } = start(outbox, [a])
    await clock.advance(0)
    stop.abort()
    await clock.advance(5_000)
    for (const answer of answers) answer()
    await done
    expect(a.tries.length).toBe(4)
    expect(outbox.all.filter(({ state }) => state === 'sent')).toHaveLength(4)
  })

  it('waits at most ten seconds; what was not heard is due again, no try counted', async () => {
    const outbox = memoryOutbox(to('a', '1'))
    const { done } = start(outbox, [receiver('a', never)])
    await clock.advance(0)
    stop.abort()
    await clock.advance(10_000)
    await done
    expect(outbox.get('1')).toMatchObject({ state: 'pending', attempts: 0, nextAttemptAt: 0 })
  })

  it('ends at once when there is nothing to wait for', async () => {
    const { done } = start(memoryOutbox(), [])
    stop.abort()
    await done
  })
})

describe('a receiver that fails again and again', () => {
  const due = (count: number) => memoryOutbox(...many('hook', count))

  it('is left alone after five failures in a row, however many messages wait, and then asked by one', async () => {
    const outbox = due(200)
    const hook = receiver('hook', async () => later())
    start(outbox, [hook])
    await clock.advance(1)
    const atFirst = hook.tries.length
    expect(atFirst).toBeLessThanOrEqual(8)
    await clock.advance(9_000)
    expect(hook.tries).toHaveLength(atFirst)
    await clock.advance(70_000)
    expect(hook.tries.length - atFirst).toBeLessThanOrEqual(8)
    expect(outbox.all.filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(180)
  })

  it('gets everything once it works again, each once, with nothing given up', async () => {
    const outbox = due(200)
    const state = { isDown: true }
    const hook = receiver('hook', async () => (state.isDown ? later() : ok))
    start(outbox, [hook])
    await clock.advance(6 * 3_600_000)
    state.isDown = false
    await clock.advance(6 * 3_600_000)
    const states = Object.groupBy(outbox.all, (row) => row.state)
    expect(states.pending ?? []).toEqual([])
    expect(states.sent!.length + (states.dead ?? []).length).toBe(200)
    // Only what was tried twelve times is given up; the others have waited.
    for (const { attempts } of states.dead ?? []) expect(attempts).toBe(retryDelaysMs.length + 1)
  }, 20_000)

  it('that asks to wait is left alone by all its messages for so long, and nobody else is', async () => {
    const outbox = memoryOutbox(...many('hook', 20), ...many('mail', 20))
    const hook = receiver('hook', async () => later('429', 30_000))
    const mail = receiver('mail', async () => ok)
    const { notifier } = start(outbox, [hook, mail])
    await clock.advance(1)
    expect(mail.tries).toHaveLength(20)
    expect(hook.tries.length).toBeLessThanOrEqual(4)
    expect(notifier.health().get('hook')).toMatchObject({ state: 'resting', failingSince: 0, reason: '429' })
    expect(notifier.health().get('mail')).toMatchObject({
      state: 'well',
      failingSince: null,
      heardAt: expect.any(Number),
    })
    const before = hook.tries.length
    await clock.advance(29_000)
    expect(hook.tries).toHaveLength(before)
    await clock.advance(2_000)
    expect(hook.tries.length).toBeGreaterThan(before)
  })

  it('that refuses single messages for good is well', async () => {
    const hook = receiver('hook', async () => ({ ok: false, retry: false, reason: 'no such channel' }))
    const { notifier } = start(due(20), [hook])
    await clock.advance(1)
    expect(hook.tries).toHaveLength(20)
    expect(notifier.health().get('hook')).toMatchObject({ state: 'well' })
  })

  it('has no more messages under way than it may', async () => {
    let underWay = 0
    let most = 0
    const hook = receiver('hook', async () => {
      most = Math.max(most, ++underWay)
      await clock.sleep(10)
      underWay--
      return ok
    })
    clock = new ManualClock(0)
    stop = new AbortController()
    const parts = { outbox: due(20), receivers: new Map([['hook', hook]]), clock, random: new Random(1) }
    running = createNotifier({ ...parts, concurrency: () => 2 }).run(stop.signal)
    await clock.advance(500)
    expect(most).toBe(2)
    expect(hook.tries).toHaveLength(20)
  })
})

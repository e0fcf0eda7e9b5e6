// The router among crashes and rivals: whatever happens between any two of its steps, everybody is told what one careful router tells.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyBook } from '../../src/alert/engine.ts'
import { createRouter, type RouterStore } from '../../src/alert/router.ts'
import { policyBook } from '../../src/app/policies.ts'
import { readConfig } from '../../src/config.ts'
import type { Alert, Silence } from '../../src/core/alert.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { alerting, alertOf } from '../contract/store-samples.ts'
import { Crash, type Fault, Faults } from './faults.ts'

const detector = 'card-fraud'
const start = Date.parse('2026-11-22T18:00:00Z')
const minute = 60_000
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
/** Every kind of thing that is remembered from step to step: groups, limits, storms, digests, escalations, mutes, quiet hours. */
const config = readConfig(
  `
detector: ${detector}
notify:
  inbox: {kind: inbox}
  hook: {kind: webhook, url: "https://example.com/hook", secret: "${secret}"}
  boss: {kind: webhook, url: "https://example.com/hook", secret: "${secret}"}
policies:
  inbox: {perEntity: 1 per 20 minutes, rest: {digest: 1 hour}, inhibit: [{when: critical, mute: low, for: 30 minutes}]}
  hook:
    inAll: 4 per 30 minutes
    quiet: {from: "22:00", to: "07:00", except: critical}
    rest: {digest: 2 hours}
    escalate: [{after: 10 minutes, to: boss}, {after: 20 minutes, to: [boss, inbox]}]
  boss: {inAll: 3 per hour, atOnce: {amount: {over: 900}}}
`,
  'the test',
  {},
)
const book: PolicyBook = policyBook({ config, publicUrl: () => 'http://tocsin', shiftsOf: () => [] })

/** The router's part of the store contract, in memory; nothing is awaited between the look at the revision and the last write. */
class MemoryRouterStore implements RouterStore {
  readonly alerts: Alert[] = []
  readonly silenced: Silence[] = []
  readonly acknowledged = new Set<string>()
  readonly outbox = new Map<string, string>()
  readonly heldBack = new Map<string, string>()
  steps = 0
  #cursor = 0
  readonly #memory = new Map<string, { kind: string; key: string; value: string }>()

  async raised(_: string, after: number, limit: number) {
    return this.alerts.slice(after, after + limit).map((alert, i) => ({ number: after + i + 1, alert }))
  }

  async router() {
    return { revision: this.steps, cursor: this.#cursor, memory: [...this.#memory.values()] }
  }

  async route({ expected, cursor, memory, deliveries, held }: Parameters<RouterStore['route']>[0]) {
    if (expected !== this.steps) return false
    for (const { kind, key, value } of memory)
      if (value === null) this.#memory.delete(`${kind} ${key}`)
      else this.#memory.set(`${kind} ${key}`, { kind, key, value })
    for (const { id, receiver, nextAttemptAt, message } of deliveries) {
      if (this.outbox.has(id)) throw new TypeError(`told twice: ${id}`)
      this.outbox.set(id, `${receiver} ${nextAttemptAt} ${JSON.stringify(message)}`)
    }
    for (const { alertId, policy, reason, at } of held) this.heldBack.set(`${alertId} ${policy}`, `${reason} ${at}`)
    this.#cursor = cursor
    this.steps++
    return true
  }

  async silences(_: string, { activeAt = 0 }: { activeAt?: number }) {
    return this.silenced.filter(({ startsAt, endsAt }) => startsAt <= activeAt && activeAt < endsAt!)
  }

  async answered(alertIds: readonly string[]) {
    return new Set(alertIds.filter((id) => this.acknowledged.has(id)))
  }

  get outcome() {
    return {
      told: [...this.outbox],
      held: [...this.heldBack],
      memory: [...this.#memory.values()].map((entry) => JSON.stringify(entry)).sort(),
    }
  }
}

type Moment = {
  readonly minutes: number
  readonly alerts: readonly { readonly card: number; readonly amount: number; readonly score: number }[]
  readonly acknowledge: number | null
  readonly silence: number | null
}

const moments: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({
    minutes: fc.constantFrom(0, 1, 5, 12, 31, 120),
    alerts: fc.array(
      fc.record({
        card: fc.nat(3),
        amount: fc.constantFrom(10, 500, 1000),
        score: fc.constantFrom(0.5, 0.75, 0.95),
      }),
      { maxLength: 6 },
    ),
    acknowledge: fc.option(fc.nat(30)),
    silence: fc.option(fc.nat(3), { freq: 8 }),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
)

type Run = { readonly faultOf?: (call: number) => Fault | undefined; readonly seed?: number; readonly routers?: number }

async function play(story: readonly Moment[], { faultOf = () => undefined, seed = 1, routers = 1 }: Run = {}) {
  const store = new MemoryRouterStore()
  const clock = new ManualClock(start)
  const faults = new Faults(faultOf, new Random(seed))
  const stop = new AbortController()
  const wakes: (() => void)[] = []
  const watched = faultyRouterStore(store, faults)
  const live = async (place: number) => {
    while (!stop.signal.aborted) {
      const router = createRouter({ book, store: watched, clock, onDeliveries: () => {}, pollMs: 1e12 })
      wakes[place] = router.wake
      await router.run(stop.signal).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error
      })
    }
  }
  const lives = Array.from({ length: routers }, (_, place) => live(place))
  const settle = async () => {
    // A router whose rival was faster looks again when it is woken, as any commit would wake it.
    for (let steps = -1; steps !== store.steps; ) {
      steps = store.steps
      for (const wake of wakes) wake()
      await clock.advance(0)
    }
  }
  for (const moment of story) {
    await clock.advance(moment.minutes * minute)
    happen(store, moment, clock.now())
    await settle()
  }
  await clock.advance(48 * 60 * minute)
  await settle()
  stop.abort()
  await Promise.all(lives)
  return { outcome: store.outcome, faults, store }
}

function happen(store: MemoryRouterStore, { alerts, acknowledge, silence }: Moment, now: number): void {
  for (const { card, amount, score } of alerts) {
    const event = { time: now, entity: `c${card}`, amount }
    store.alerts.push(alertOf(alerting(`e${store.alerts.length}`, { score, event })))
  }
  const answered = acknowledge === null ? undefined : store.alerts[acknowledge]
  if (answered) store.acknowledged.add(answered.id)
  if (silence === null) return
  const nothing = { untilAnswered: null, note: null, endedAt: null, endedBy: null }
  const span = { startsAt: now, endsAt: now + 40 * minute }
  store.silenced.push({ id: `s${now}`, detector, matcher: { entity: `c${silence}` }, by: 'ann', ...span, ...nothing })
}

function faultyRouterStore(store: RouterStore, faults: Faults): RouterStore {
  return {
    raised: (...given) => faults.step(() => store.raised(...given)),
    router: (...given) => faults.step(() => store.router(...given)),
    route: (...given) => faults.step(() => store.route(...given)),
    silences: (...given) => faults.step(() => store.silences(...given)),
    answered: (...given) => faults.step(() => store.answered(...given)),
  }
}

describe('the router', () => {
  test('killed at seeded moments, tells and holds exactly what it would have without', async () => {
    let crashes = 0
    const plans = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.constantFrom<Fault[]>('before', 'after')), {
      maxLength: 30,
      size: 'max',
    })
    await fc.assert(
      fc.asyncProperty(moments, plans, fc.nat(), async (story, plan, seed) => {
        const expected = await play(story)
        const faults = new Map(plan)
        const run = await play(story, { seed, faultOf: (call) => faults.get(call) })
        crashes += run.faults.crashes
        expect(run.outcome).toEqual(expected.outcome)
      }),
      { numRuns: 60 },
    )
    expect(crashes).toBeGreaterThan(100)
  })

  test('killed at each single call, before and after its effect, tells and holds the same', async () => {
    const busy = moments.filter((story) => story.length > 8 && story.flatMap(({ alerts }) => alerts).length > 25)
    const [story] = fc.sample(busy, { numRuns: 1, seed: 11 })
    const expected = await play(story!)
    expect(expected.faults.calls).toBeGreaterThan(50)
    expect(expected.outcome.told.length).toBeGreaterThan(10)
    for (const fault of ['before', 'after'] as const)
      for (let at = 1; at <= expected.faults.calls; at++) {
        const run = await play(story!, { faultOf: (call) => (call === at ? fault : undefined) })
        expect(run.faults.crashes).toBe(1)
        expect(run.outcome).toEqual(expected.outcome)
      }
  })

  test('three at once tell nothing twice, and hold and tell the same', async () => {
    await fc.assert(
      fc.asyncProperty(moments, fc.nat(), async (story, seed) => {
        const expected = await play(story)
        expect((await play(story, { seed, routers: 3 })).outcome).toEqual(expected.outcome)
      }),
      { numRuns: 60 },
    )
  })
})

// Configuration and a fake clock in; alerts come, hours pass, people answer, the router dies; and who was told what, when, out.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { alertOf } from '../../src/alert/alert.ts'
import type { Shift } from '../../src/alert/onCall.ts'
import { createRouter } from '../../src/alert/router.ts'
import { policyBook } from '../../src/app/policies.ts'
import { readConfig } from '../../src/config.ts'
import type { Delivery, Silence } from '../../src/core/alert.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { dayOf, instantAt, timeOfDay } from '../../src/core/day.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { alerting, batch } from '../contract/store-samples.ts'

const detector = 'card-fraud'
const timeZone = 'Europe/Berlin'
/** A Monday. */
const firstDay = '2026-11-23'
/** Nothing is polled for in these tests: what comes, wakes the router. */
const never = 400 * 86_400_000

/** Receivers that the tests' policies speak of. */
const receivers = `
detector: ${detector}
report: {timeZone: ${timeZone}}
notify:
  mail: {kind: email, to: [a@example.com], smtp: {host: localhost}}
  ann: {kind: email, to: [ann@example.com], smtp: {host: localhost}}
  ben: {kind: email, to: [ben@example.com], smtp: {host: localhost}}
  hook: {kind: webhook, url: "https://example.com/hook", secret: "whsec_${Buffer.alloc(32, 7).toString('base64')}"}
  inbox: {kind: inbox}
`

export type Coming = {
  readonly card?: string
  readonly amount?: number | null
  readonly score?: number
  readonly reason?: string
}

export type AcceptanceWorld = Awaited<ReturnType<typeof openWorld>>

/** `policies` is YAML below the receivers; times are `HH:MM` of the first day, or `2026-11-24 HH:MM`, in Berlin. */
export async function openWorld(policies: string, { shifts = [] }: { readonly shifts?: readonly Shift[] } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-acceptance-'))
  const clock = new ManualClock(instantOf('00:00'))
  const store = await openEmbeddedStore({ dir, clock })
  const configured = (text: string) => readConfig(`${receivers}${text}`, 'the test', {})
  let config = configured(policies)
  let alerts = 0
  let router: { wake(): void; die(): Promise<void> }

  const start = () => {
    const stop = new AbortController()
    const book = policyBook({ config, publicUrl: () => 'http://tocsin', shiftsOf: () => shifts })
    const { run, wake } = createRouter({ book, store, clock, onDeliveries: () => {}, pollMs: never })
    const running = run(stop.signal)
    router = {
      wake,
      die: async () => {
        stop.abort()
        await running
      },
    }
  }
  start()
  onTestFinished(async () => {
    await router.die()
    await store.close()
    await rm(dir, { recursive: true })
  })

  const until = async (time: string) => {
    const ms = instantOf(time) - clock.now()
    if (ms < 0) throw new TypeError(`${time} has been`)
    await clock.advance(ms)
  }
  const settle = async () => {
    router.wake()
    while ((await store.totals(detector)).unrouted > 0) await clock.advance(0)
    await clock.advance(0)
  }
  /** The ids of the alerts that came. */
  const raise = async (coming: readonly Coming[]): Promise<string[]> => {
    const decisions = coming.map(({ card = 'c1', amount = 50, score = 0.5, reason = 'amount' }) => {
      const reasons = [{ feature: reason, value: 1, contribution: 1, text: `${reason} is high` }]
      const event = { time: clock.now(), entity: card, amount }
      return alerting(`e${alerts++}`, { detector, score, reasons, event })
    })
    const { next } = await store.partition(detector, 0)
    const made = decisions.map((decision) => alertOf(decision)!)
    await store.commit(batch(next, decisions, { alerts: made, deliveries: [] }))
    return made.map(({ id }) => id)
  }
  const at = async (time: string, ...coming: readonly Coming[]): Promise<string[]> => {
    await until(time)
    const ids = await raise(coming)
    await settle()
    return ids
  }
  const deliveries = () => store.due(Number.MAX_SAFE_INTEGER, 1_000_000)
  return {
    ...{ store, clock, at, until, raise, settle, deliveries },
    /** `09:00 c1`, `10:05 storm`, `07:00 digest of 3`, … as the receiver got them. */
    told: async (receiver: string) => (await deliveries()).filter((one) => one.receiver === receiver).map(lineOf),
    /** Reasons for which the policy held alerts back, in the order of the alerts. */
    held: async (policy: string, ids: readonly string[]) => {
      const reasons: (string | undefined)[] = []
      for (const id of ids) reasons.push((await store.held(id)).find((one) => one.policy === policy)?.reason)
      return reasons
    },
    silence: async (silence: Pick<Silence, 'matcher'> & { until?: string; untilAnswered?: string }) => {
      const { matcher, until: end, untilAnswered = null } = silence
      const id = `si_${clock.now()}`
      const endsAt = end === undefined ? null : instantOf(end)
      const nothing = { note: null, endedAt: null, endedBy: null }
      await store.addSilence({
        id,
        detector,
        matcher,
        startsAt: clock.now(),
        endsAt,
        untilAnswered,
        by: 'ann',
        ...nothing,
      })
      return id
    },
    unsilence: (id: string) => store.endSilence(detector, id, 'ann', clock.now()),
    acknowledge: (alertId: string) => store.acknowledge({ alertId, by: 'ann', at: clock.now(), note: null }),
    label: async (alertId: string) => {
      const { eventId } = (await store.alert(alertId))!
      await store.label({ detector, eventId, label: 'normal', labelledAt: clock.now(), by: 'ann', note: null })
    },
    /** The router dies and another starts from the store; with another configuration where one is given. */
    restart: async (text = policies) => {
      await router.die()
      config = configured(text)
      start()
      await settle()
    },
    stop: () => router.die(),
    start: async () => {
      start()
      await settle()
    },
  }
}

function instantOf(written: string): number {
  const [day, time] = written.includes(' ') ? (written.split(' ') as [string, string]) : [firstDay, written]
  return instantAt(day, time, timeZone)
}

function lineOf({ message, nextAttemptAt }: Delivery): string {
  const day = dayOf(nextAttemptAt, timeZone)
  const time = `${day === firstDay ? '' : `${day.slice(5)} `}${timeOfDay(nextAttemptAt, timeZone).slice(0, 5)}`
  if (message.kind === 'alert')
    return `${time} ${message.alert.groupKey}${message.escalation ? ` from ${message.escalation.from}` : ''}`
  if (message.kind !== 'notice') throw new TypeError('the router writes alerts and notices')
  return `${time} ${message.topic}${message.topic === 'digest' ? ` of ${message.facts?.alerts}` : ''}`
}

// Alerts of the past and policies in, who would have been told what and when out: the engine itself, on the clock of event time.

import type { Alert, Delivery, Silence } from '../core/alert.ts'
import type { HeldReason } from '../core/held.ts'
import { nextTimer, type PolicyBook, type StepInput, step, waitingFor } from './engine.ts'
import { Memory } from './memory.ts'

type SimulatedMessage = {
  /** ms. */
  readonly at: number
  readonly receiver: string
  readonly kind: 'alert' | 'escalation' | 'storm' | 'digest'
  readonly subject: string
  /** Of a single alert; null where the message is of many. */
  readonly alertId: string | null
}

export type Simulation = {
  readonly alerts: number
  /** In the order of time; the first `limit`. */
  readonly messages: readonly SimulatedMessage[]
  /** Messages beyond the limit; they are in `receivers`, too. */
  readonly omitted: number
  readonly receivers: readonly {
    readonly receiver: string
    readonly messages: number
    /** Most messages that came within any hour. */
    readonly busiestHour: number
  }[]
  readonly held: readonly { readonly policy: string; readonly reason: HeldReason; readonly alerts: number }[]
}

export type SimulateInput = {
  /** By event time. */
  readonly alerts: readonly Alert[]
  /** End of the time that is played, ms: what is due by then is told, too. */
  readonly to: number
  readonly silences: readonly Silence[]
  /** When people answered, by alert id, ms. */
  readonly answeredAt: ReadonlyMap<string, number>
  readonly limit: number
}

export function simulate(book: PolicyBook, { alerts, to, silences, answeredAt, limit }: SimulateInput): Simulation {
  const memory = new Memory()
  const record = new Recorder(limit)
  const turn = (at: number, of: readonly Alert[]) => {
    const isAnswered = (id: string) => (answeredAt.get(id) ?? Number.POSITIVE_INFINITY) <= at
    const answered = new Set(waitingFor(memory, at).filter(isAnswered))
    const holding = silences.filter((silence) => isActive(silence, at, isAnswered))
    const input: StepInput = { alerts: of, silences: holding, answered, at }
    record.take(step(book, memory, input))
  }
  const playTimers = (until: number) => {
    for (let at = nextTimer(memory); at <= until; at = nextTimer(memory)) turn(at, [])
  }
  for (const alert of alerts) {
    playTimers(alert.eventTime)
    turn(alert.eventTime, [alert])
  }
  playTimers(to)
  return { alerts: alerts.length, ...record.result }
}

function isActive(
  { startsAt, endsAt, endedAt, untilAnswered }: Silence,
  at: number,
  isAnswered: (id: string) => boolean,
) {
  const end = Math.min(endsAt ?? Number.POSITIVE_INFINITY, endedAt ?? Number.POSITIVE_INFINITY)
  return startsAt <= at && at < end && (untilAnswered === null || !isAnswered(untilAnswered))
}

const hourMs = 3_600_000

class Recorder {
  readonly #limit: number
  readonly #messages: SimulatedMessage[] = []
  readonly #receivers = new Map<string, { messages: number; busiestHour: number; hour: number[] }>()
  readonly #held = new Map<string, { policy: string; reason: HeldReason; alerts: number }>()
  #omitted = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get result(): Omit<Simulation, 'alerts'> {
    const receivers = [...this.#receivers].map(([receiver, { messages, busiestHour }]) => ({
      ...{ receiver, messages, busiestHour },
    }))
    return { messages: this.#messages, omitted: this.#omitted, receivers, held: [...this.#held.values()] }
  }

  take({ deliveries, held }: ReturnType<typeof step>): void {
    for (const delivery of deliveries) {
      this.#count(delivery)
      if (this.#messages.length < this.#limit) this.#messages.push(simulated(delivery))
      else this.#omitted++
    }
    for (const { policy, reason } of held) {
      const key = `${policy} ${reason}`
      this.#held.set(key, { policy, reason, alerts: (this.#held.get(key)?.alerts ?? 0) + 1 })
    }
  }

  #count({ receiver, nextAttemptAt: at }: Delivery): void {
    const before = this.#receivers.get(receiver) ?? { messages: 0, busiestHour: 0, hour: [] }
    before.hour.push(at)
    while (before.hour[0]! <= at - hourMs) before.hour.shift()
    const busiestHour = Math.max(before.busiestHour, before.hour.length)
    this.#receivers.set(receiver, { messages: before.messages + 1, busiestHour, hour: before.hour })
  }
}

const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

function simulated({ receiver, message, nextAttemptAt: at }: Delivery): SimulatedMessage {
  if (message.kind === 'alert') {
    const { id, entity, eventId, amount, score } = message.alert
    const risk = amount === null ? '' : `, ${money.format(amount)} at risk`
    const subject = `${entity ?? `event ${eventId}`}${risk}, score ${score.toFixed(2)}, ${message.severity}`
    return { at, receiver, kind: message.escalation ? 'escalation' : 'alert', subject, alertId: id }
  }
  if (message.kind !== 'notice') throw new TypeError('policies write alerts and notices')
  const { topic, subject } = message
  return { at, receiver, kind: topic === 'storm' ? 'storm' : 'digest', subject, alertId: null }
}

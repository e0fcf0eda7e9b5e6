// Alerts in their order, silences, answers and the hour in; who is told what now, what is held back and why, and when to look again out.

import type { Alert, Delivery, Message, Notice, Silence } from '../core/alert.ts'
import { stableId } from '../core/digest.ts'
import type { HeldReason } from '../core/held.ts'
import type { Policy, SeverityBands } from '../core/policy.ts'
import { type Graded, graded, matches, matchesAny } from './matches.ts'
import { keyOf, type Memory, policyOf, type Storm, type Watch } from './memory.ts'
import { digestNotice, stormEscalation, stormNotice } from './notices.ts'
import { isQuiet, quietUntil } from './quiet.ts'
import { counted, emptyTally } from './tally.ts'

/** A policy with its name: that of its receiver or rotation. */
export type NamedPolicy = Policy & { readonly name: string }

export type PolicyBook = {
  readonly detector: string
  readonly timeZone: string
  readonly severity: SeverityBands
  readonly policies: readonly NamedPolicy[]
  /** A receiver is itself; a rotation is who is on call at the instant (ms). Never nobody. */
  readonly receiversOf: (name: string, at: number) => readonly string[]
  /** Where a person opens the alert; where they see all. */
  readonly urlOf: (alertId: string) => string
  readonly pageUrl: () => string
}

export type StepInput = {
  /** In the order in which they were stored. */
  readonly alerts: readonly Alert[]
  /** Those that hold now. */
  readonly silences: readonly Silence[]
  /** Which of the alerts that `waitingFor` named have been answered. */
  readonly answered: ReadonlySet<string>
  /** Wall clock, ms; never before that of an earlier step. */
  readonly at: number
}

/** Of an alert, or of the storm that began with it, nobody has heard so long. */
type Unanswered = Pick<Watch, 'what' | 'alert' | 'severity'> & { readonly waitedMs: number }

type HeldBack = {
  readonly alertId: string
  readonly policy: string
  readonly reason: HeldReason
  readonly at: number
}

export type StepResult = { readonly deliveries: readonly Delivery[]; readonly held: readonly HeldBack[] }

/** So many groups are remembered; beyond that those told longest ago are forgotten, and may be told again. */
const mostGroups = 10_000
/** A storm is told again so soon after its notice, where the budget allows it; then once in the budget's span. */
const firstDigestMs = 600_000

/** How often to forget what is over, ms. */
const sweepMs = 60_000

/** When something is to be done without any alert, ms; infinite where nothing is. */
export function nextTimer(memory: Memory): number {
  let next = Number.POSITIVE_INFINITY
  for (const [, { digestAt }] of memory.storms.entries()) next = Math.min(next, digestAt)
  for (const [, { digestAt }] of memory.rests.entries()) next = Math.min(next, digestAt)
  for (const [, { dueAt }] of memory.watches.entries()) next = Math.min(next, dueAt)
  return next
}

/** Alerts of which the next step must know whether they have been answered. */
export function waitingFor(memory: Memory, at: number): string[] {
  return [...memory.watches.entries()].filter(([, { dueAt }]) => dueAt <= at).map(([, { alert }]) => alert.id)
}

/**
 * One step: what is due by now, then each alert through each policy. Nothing is read but the arguments, so the same
 * memory and input give the same result; `memory` is changed, and is good only if the result is stored with its changes.
 */
export function step(book: PolicyBook, memory: Memory, input: StepInput): StepResult {
  const turn = new Turn(book, memory, input)
  turn.timers()
  for (const alert of input.alerts) turn.alert(graded(alert, book.severity))
  return turn.result
}

class Turn {
  readonly #book: PolicyBook
  readonly #memory: Memory
  readonly #input: StepInput
  readonly #deliveries: Delivery[] = []
  readonly #held: HeldBack[] = []

  constructor(book: PolicyBook, memory: Memory, input: StepInput) {
    this.#book = book
    this.#memory = memory
    this.#input = input
  }

  get result(): StepResult {
    return { deliveries: this.#deliveries, held: this.#held }
  }

  alert(given: Graded): void {
    for (const policy of this.#book.policies) {
      if (!matchesAny(policy.alerts, given)) continue
      const reason = this.#reasonToHold(policy, given)
      if (reason === undefined) this.#tellWithinBudget(policy, given)
      else this.#hold(policy, given, reason)
    }
  }

  /** The stages, in their order: the first that objects gives its reason. */
  #reasonToHold(policy: NamedPolicy, given: Graded): HeldReason | undefined {
    const { at, silences } = this.#input
    if (silences.some(({ matcher }) => matches(matcher, given))) return 'silenced'
    if (this.#isInhibited(policy, given)) return 'inhibited'
    if (!matchesAny(policy.atOnce, given)) return 'rest'
    if (isQuiet(policy.quiet, at, this.#book.timeZone) && !isUrgent(policy, given)) return 'quiet'
    if (this.#memory.storms.get(policy.name)) return 'storm'
    if (this.#isToldOften(policy, given.alert)) return 'grouped'
    return undefined
  }

  #isInhibited({ name, inhibit }: NamedPolicy, given: Graded): boolean {
    const { muted } = this.#memory
    const { at } = this.#input
    let isMuted = false
    for (const [i, rule] of inhibit.entries()) {
      const key = keyOf(name, i, given.alert.groupKey)
      // An alert that mutes others is not itself muted by its own rule.
      if (matchesAny(rule.when, given)) muted.set(key, at + rule.for)
      else if (matchesAny(rule.mute, given) && (muted.get(key) ?? 0) > at) isMuted = true
    }
    return isMuted
  }

  #isToldOften({ name, perEntity }: NamedPolicy, { groupKey }: Alert): boolean {
    if (perEntity === undefined) return false
    return this.#recent(this.#memory.told.get(keyOf(name, groupKey)), perEntity.perMs).length >= perEntity.messages
  }

  #recent(times: readonly number[] = [], spanMs: number): readonly number[] {
    return times.filter((time) => time > this.#input.at - spanMs)
  }

  #hold(policy: NamedPolicy, given: Graded, reason: HeldReason): void {
    const { at } = this.#input
    this.#held.push({ alertId: given.alert.id, policy: policy.name, reason, at })
    const storm = this.#memory.storms.get(policy.name)
    if (reason === 'storm' && storm) this.#count(policy, given, storm)
    else if (reason !== 'silenced' && reason !== 'inhibited') this.#keepForDigest(policy, given, reason)
  }

  #count(policy: NamedPolicy, given: Graded, storm: Storm): void {
    const tally = counted(storm.tally, given, 'storm', isUrgent(policy, given))
    this.#memory.storms.set(policy.name, { ...storm, tally })
  }

  #keepForDigest(policy: NamedPolicy, given: Graded, reason: HeldReason): void {
    const { at } = this.#input
    if (policy.rest === 'dailyReport') return
    const rest = this.#memory.rests.get(policy.name) ?? {
      since: at,
      digestAt: at + policy.rest.digest,
      tally: emptyTally,
    }
    // Who wakes up wants to know at once what the night was.
    const wakesAt =
      reason === 'quiet' && policy.quiet ? quietUntil(policy.quiet, at, this.#book.timeZone) : rest.digestAt
    const tally = counted(rest.tally, given, reason, isUrgent(policy, given))
    this.#memory.rests.set(policy.name, { ...rest, digestAt: Math.min(rest.digestAt, wakesAt), tally })
  }

  // — telling —

  #tellWithinBudget(policy: NamedPolicy, given: Graded): void {
    if (this.#free(policy) > reserve(policy)) this.#tell(policy, given)
    else {
      this.#beginStorm(policy, given)
      this.#hold(policy, given, 'storm')
    }
  }

  #beginStorm(policy: NamedPolicy, first: Graded): void {
    const { at } = this.#input
    const { perMs } = policy.inAll!
    const free = this.#free(policy)
    const digestAt = free > 1 ? at + Math.min(perMs, firstDigestMs) : (this.#sent(policy)[0] ?? at) + perMs
    this.#memory.storms.set(policy.name, { countedSince: at, digestAt, tally: emptyTally })
    if (free > 0) this.#notify(policy, 'storm', stormNotice(this.#book, policy, { at, digestAt, first: first.alert }))
    this.#watch(policy, { what: 'storm', level: 0, ...first })
  }

  #tell(policy: NamedPolicy, { alert, severity }: Graded): void {
    const { at } = this.#input
    const message: Message = { kind: 'alert', alert, severity, urls: { alert: this.#book.urlOf(alert.id) } }
    this.#send(policy, message, (receiver) => stableId('dl', alert.id, receiver))
    if (policy.perEntity) {
      const key = keyOf(policy.name, alert.groupKey)
      this.#memory.told.set(key, [...this.#recent(this.#memory.told.get(key), policy.perEntity.perMs), at])
    }
    this.#watch(policy, { what: 'alert', level: 0, alert, severity })
  }

  /** Of one cause there is one notice of a policy at an instant; of two, two. */
  #notify(policy: NamedPolicy, cause: 'storm' | 'stormDigest' | 'restDigest', notice: Notice): void {
    const { detector } = this.#book
    this.#send(policy, notice, (receiver) => stableId('dl', detector, policy.name, receiver, cause, String(notice.at)))
  }

  #send(policy: NamedPolicy, message: Message, idOf: (receiver: string) => string): void {
    const { at } = this.#input
    for (const receiver of this.#book.receiversOf(policy.name, at))
      this.#deliveries.push(deliveryOf(idOf(receiver), receiver, message, at))
    if (policy.inAll) this.#memory.sent.set(policy.name, [...this.#sent(policy), at])
  }

  #sent({ name, inAll }: NamedPolicy): readonly number[] {
    return inAll ? this.#recent(this.#memory.sent.get(name), inAll.perMs) : []
  }

  /** Messages that may still be sent in this span. */
  #free(policy: NamedPolicy): number {
    return policy.inAll ? policy.inAll.messages - this.#sent(policy).length : Number.POSITIVE_INFINITY
  }

  /** When the next message may be sent. */
  #nextFree(policy: NamedPolicy): number {
    const { at } = this.#input
    const oldest = this.#sent(policy)[0]
    return policy.inAll && oldest !== undefined && this.#free(policy) <= 0 ? oldest + policy.inAll.perMs : at
  }

  // — what is due —

  timers(): void {
    this.#forget()
    for (const policy of this.#book.policies) {
      this.#stormDigest(policy)
      this.#restDigest(policy)
    }
    for (const [key, watch] of [...this.#memory.watches.entries()])
      if (watch.dueAt <= this.#input.at) this.#escalate(key, watch)
  }

  #stormDigest(policy: NamedPolicy): void {
    const { storms } = this.#memory
    const { at } = this.#input
    const storm = storms.get(policy.name)
    if (!storm || storm.digestAt > at) return
    const { tally, countedSince } = storm
    const later = this.#whenAllowed(policy, tally.urgent)
    if (later > at) {
      storms.set(policy.name, { ...storm, digestAt: later })
      return
    }
    const next = isCalm(policy, tally.alerts, at - countedSince) ? undefined : at + policy.inAll!.perMs
    if (next === undefined) storms.delete(policy.name)
    else storms.set(policy.name, { countedSince: at, digestAt: next, tally: emptyTally })
    if (tally.alerts > 0) {
      const digest = { tally, since: countedSince, at, next, isStorm: true }
      this.#notify(policy, 'stormDigest', digestNotice(this.#book, policy, digest))
    }
  }

  #restDigest(policy: NamedPolicy): void {
    const { rests } = this.#memory
    const { at } = this.#input
    const rest = rests.get(policy.name)
    if (!rest || rest.digestAt > at) return
    const later = this.#whenAllowed(policy, rest.tally.urgent)
    if (later > at) rests.set(policy.name, { ...rest, digestAt: later })
    else {
      rests.delete(policy.name)
      this.#notify(
        policy,
        'restDigest',
        digestNotice(this.#book, policy, { ...rest, at, next: undefined, isStorm: false }),
      )
    }
  }

  /** The first instant from now on at which budget and quiet hours let a digest through. */
  #whenAllowed(policy: NamedPolicy, urgent: number): number {
    const at = this.#nextFree(policy)
    return policy.quiet && urgent === 0 ? quietUntil(policy.quiet, at, this.#book.timeZone) : at
  }

  // — escalation —

  /** A storm is watched as one: what is counted in it is not watched one by one. */
  #watch(policy: NamedPolicy, watch: Omit<Watch, 'dueAt'>): void {
    const { what, level, alert } = watch
    const { after } = policy.escalate[level] ?? {}
    const key = what === 'storm' ? keyOf(policy.name) : keyOf(policy.name, alert.groupKey)
    if (after === undefined || (level === 0 && this.#memory.watches.get(key))) return
    this.#memory.watches.set(key, { ...watch, dueAt: this.#input.at + after })
  }

  #escalate(key: string, { what, alert, severity, level }: Watch): void {
    this.#memory.watches.delete(key)
    const policy = this.#book.policies.find(({ name }) => name === policyOf(key))
    const next = policy?.escalate[level]
    if (!policy || !next || this.#input.answered.has(alert.id)) return
    const waitedMs = policy.escalate.slice(0, level + 1).reduce((sum, { after }) => sum + after, 0)
    for (const target of next.to) this.#tellEscalated(policy, target, { what, alert, severity, waitedMs })
    this.#watch(policy, { what, alert, severity, level: level + 1 })
  }

  /** Nobody answered: quiet hours and grouping of the next in line no longer count, their budget does. */
  #tellEscalated(from: NamedPolicy, target: string, unanswered: Unanswered): void {
    const policy = this.#book.policies.find(({ name }) => name === target) ?? unlimited(target)
    const isStorm = this.#memory.storms.get(target) !== undefined
    if (isStorm || this.#free(policy) <= reserve(policy)) {
      if (!isStorm) this.#beginStorm(policy, unanswered)
      this.#hold(policy, unanswered, 'storm')
      return
    }
    const { what, alert, waitedMs } = unanswered
    const cause = what === 'storm' ? 'stormUnanswered' : 'escalation'
    this.#send(policy, this.#escalated(from, unanswered), (receiver) =>
      stableId('dl', alert.id, receiver, cause, from.name, String(waitedMs)),
    )
  }

  #escalated(from: NamedPolicy, { what, alert, severity, waitedMs }: Unanswered): Message {
    const afterMinutes = Math.round(waitedMs / 60_000)
    if (what === 'storm') return stormEscalation(this.#book, from, { at: this.#input.at, first: alert, afterMinutes })
    const escalation = { from: from.name, afterMinutes }
    return { kind: 'alert', alert, severity, escalation, urls: { alert: this.#book.urlOf(alert.id) } }
  }

  // — forgetting —

  #forget(): void {
    const { memory, at } = { memory: this.#memory, at: this.#input.at }
    if (at - memory.sweptAt < sweepMs && memory.told.size < 1.1 * mostGroups) return
    memory.sweptAt = at
    const spans = new Map(this.#book.policies.map(({ name, perEntity }) => [name, perEntity?.perMs ?? 0]))
    const isGone = (key: string) => !spans.has(policyOf(key))
    for (const shelf of [memory.sent, memory.storms, memory.rests, memory.watches]) shelf.deleteWhere(isGone)
    memory.muted.deleteWhere((key, until) => isGone(key) || until <= at)
    memory.told.deleteWhere((key, times) => isGone(key) || times.at(-1)! <= at - spans.get(policyOf(key))!)
    const oldest = [...memory.told.entries()].sort(([, a], [, b]) => b.at(-1)! - a.at(-1)!).slice(mostGroups)
    for (const [key] of oldest) memory.told.delete(key)
  }
}

function isUrgent({ quiet }: NamedPolicy, given: Graded): boolean {
  return quiet?.except !== undefined && matchesAny(quiet.except, given)
}

/** Messages that single alerts leave in the budget: for the notice of a storm, and for its first digest. */
function reserve({ inAll }: NamedPolicy): number {
  return inAll ? Math.min(2, inAll.messages - 1) : 0
}

/** Whether what came in so long would have fitted into the budget. A limit that is gone from the configuration has no storms. */
function isCalm({ inAll }: NamedPolicy, alerts: number, elapsedMs: number): boolean {
  return inAll === undefined || alerts * inAll.perMs <= inAll.messages * elapsedMs
}

function unlimited(name: string): NamedPolicy {
  return { name, rest: 'dailyReport', escalate: [], inhibit: [] }
}

function deliveryOf(id: string, receiver: string, message: Message, at: number): Delivery {
  return { id, receiver, message, state: 'pending', attempts: 0, nextAttemptAt: at, reason: null }
}

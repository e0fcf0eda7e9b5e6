// What the system shows of itself, looked at again and again, in; alarms that begin and end out: silence is not taken for health.

import type { ReceiverHealth } from './breaker.ts'

type Topic = 'noEvents' | 'noScores' | 'lagGrowing' | 'receiverFailing' | 'lateReport' | 'canaryOverdue' | 'drift'

/** One look. Times in ms of the wall clock. */
export type Vitals = {
  readonly now: number
  /** Events, dead letters and duplicates so far: goes up with whatever arrives, canaries apart. */
  readonly arrived: number
  /** Records taken from the stream so far, of all partitions. */
  readonly read: number
  /** Records accepted and not yet decided. */
  readonly lag: number
  /** When the day that event time has reached should have had its page; null where event time is not near the wall clock. */
  readonly reportDueAt: number | null
  readonly canary: {
    readonly sentAt: number | null
    readonly heardAt: number | null
    readonly reason: string | null
  } | null
  readonly receivers: ReadonlyMap<string, ReceiverHealth>
  /** What has drifted, in a sentence; null: nothing. */
  readonly drift?: string | null
}

/** Minutes; null: not watched. */
export type WatchSettings = {
  readonly noEventsMinutes: number | null
  readonly noScoresMinutes: number
  readonly lagRecords: number
  readonly lagMinutes: number
  readonly receiverMinutes: number
  readonly reportMinutes: number
  readonly canaryMinutes: number
}

export type Alarm = {
  readonly topic: Topic
  /** Which receiver; empty for the others. */
  readonly about: string
  readonly since: number
  readonly subject: string
  readonly text: string
}

export type Change = { readonly began: readonly Alarm[]; readonly ended: readonly Alarm[] }

const minuteMs = 60_000

/** Looks for changes between what was and what is. A restart begins anew: an alarm that still holds is told once more. */
export class Watch {
  readonly #settings: WatchSettings
  readonly #alarms = new Map<string, Alarm>()
  #arrived = { count: Number.NaN, at: 0 }
  #read = { count: Number.NaN, at: 0 }
  #lagGrowsSince = 0
  // At first nothing is known of how it was before.
  #lastLag = Number.POSITIVE_INFINITY

  constructor(settings: WatchSettings) {
    this.#settings = settings
  }

  get alarms(): readonly Alarm[] {
    return [...this.#alarms.values()]
  }

  look(vitals: Vitals): Change {
    this.#note(vitals)
    const now = new Map(this.#found(vitals).map((alarm) => [`${alarm.topic} ${alarm.about}`, alarm]))
    const began = [...now].filter(([key]) => !this.#alarms.has(key))
    const ended = [...this.#alarms].filter(([key]) => !now.has(key))
    for (const [key, alarm] of began) this.#alarms.set(key, alarm)
    for (const [key] of ended) this.#alarms.delete(key)
    return { began: began.map(([, alarm]) => alarm), ended: ended.map(([, alarm]) => alarm) }
  }

  #note({ now, arrived, read, lag }: Vitals): void {
    if (arrived !== this.#arrived.count) this.#arrived = { count: arrived, at: now }
    if (read !== this.#read.count || lag === 0) this.#read = { count: read, at: now }
    if (lag <= this.#lastLag || lag < this.#settings.lagRecords) this.#lagGrowsSince = now
    this.#lastLag = lag
  }

  #found(vitals: Vitals): Alarm[] {
    const { now } = vitals
    const { noEventsMinutes, noScoresMinutes, lagMinutes } = this.#settings
    const found: Alarm[] = []
    const raise = (topic: Topic, about: string, subject: string, text: string) =>
      found.push({ topic, about, since: now, subject, text })
    const isOver = (since: number, minutes: number) => now - since >= minutes * minuteMs
    if (noEventsMinutes !== null && isOver(this.#arrived.at, noEventsMinutes))
      raise(
        'noEvents',
        '',
        `No events for ${noEventsMinutes} minutes`,
        `The last one came at ${iso(this.#arrived.at)}. Look at what sends them.`,
      )
    if (isOver(this.#read.at, noScoresMinutes))
      raise(
        'noScores',
        '',
        `Nothing scored for ${noScoresMinutes} minutes`,
        `${vitals.lag} records wait, and none is taken. Is there a model (tocsin models)? Does the store answer (tocsin doctor)?`,
      )
    if (isOver(this.#lagGrowsSince, lagMinutes))
      raise(
        'lagGrowing',
        '',
        `The lag has grown for ${lagMinutes} minutes: ${vitals.lag} records`,
        'More comes in than is scored. Add partitions and workers, or look at what slows the store.',
      )
    this.#reportAndCanary(vitals, raise, isOver)
    if (vitals.drift) raise('drift', '', 'The stream has drifted from what the model learned', vitals.drift)
    for (const [name, { failingSince, reason }] of vitals.receivers)
      if (failingSince !== null && isOver(failingSince, this.#settings.receiverMinutes))
        raise(
          'receiverFailing',
          name,
          `The receiver "${name}" has failed since ${iso(failingSince)}`,
          `${reason ?? ''}\nIts messages wait; nothing is lost. Try it with: tocsin notify test ${name}`,
        )
    return found
  }

  #reportAndCanary(
    { reportDueAt, canary }: Vitals,
    raise: (topic: Topic, about: string, subject: string, text: string) => void,
    isOver: (since: number, minutes: number) => boolean,
  ): void {
    const { reportMinutes, canaryMinutes } = this.#settings
    if (reportDueAt !== null && isOver(reportDueAt, reportMinutes))
      raise(
        'lateReport',
        '',
        'The daily report is late',
        `It was due at ${iso(reportDueAt)}. A day closes when event time has passed it: is a partition silent, or behind?`,
      )
    const { sentAt = null, heardAt = null, reason = null } = canary ?? {}
    if (sentAt !== null && heardAt === null && isOver(sentAt, canaryMinutes))
      raise(
        'canaryOverdue',
        '',
        'The canary has not come back',
        `A synthetic event went into the stream at ${iso(sentAt)}, and its message has not come out.${reason ? `\n${reason}` : ''}`,
      )
  }
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).concat('Z')
}

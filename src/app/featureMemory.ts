// A model's declared features and the store in, vectors of live events out, and what they remember, kept with each batch.

import { canonicalJson, sha256 } from '../core/digest.ts'
import type { Event } from '../core/event.ts'
import { versionAfter } from '../core/stateVersion.ts'
import { Reader, Writer } from '../features/bytes.ts'
import { LiveFeatures, type LiveParts } from '../features/live.ts'
import type { Artifact } from '../model/model.ts'
import type { FeatureChanges, Store, Stretch } from '../store/store.ts'

export type MemoryStore = Pick<
  Store,
  | 'featureStates'
  | 'hasFeatureSet'
  | 'putFeatureSet'
  | 'forgettings'
  | 'unlearned'
  | 'catchUp'
  | 'decisionLog'
  | 'labelLog'
  | 'decision'
>

export type MemoryParts = LiveParts & {
  readonly store: MemoryStore
  readonly detector: string
  /** Told after a batch with events that came too late to be remembered, how many of them and by how many declarations. */
  readonly onLate?: (events: number) => void
}

/** Entities held between batches; beyond, all are given back and taken from the store again as they are needed. */
const mostEntities = 200_000
/** Read at once from the logs. */
const pageSize = 1000
/** A label counts from so long after it was given on, so that every worker has had time to hear of it. */
export const labelSettleMs = 60_000
/** Nothing was forgotten. */
const never = { number: 0, base: Number.NEGATIVE_INFINITY }
/** Where the set keeps how far it has read the log of labels, and what it began with. */
const cursorKey = 'labels'
const originKey = 'origin'

/** The last event time of the history that a set began with (−Infinity: none), and the last decision before it was made. */
export type Origin = { readonly time: number; readonly through: number }

/** Names what is remembered: models that remember the same share it. */
export function featureSetOf({ derived }: Pick<LiveParts, 'derived'>): string {
  return sha256(canonicalJson(derived.memories)).slice(0, 16)
}

/** Whether the model's features need the past of its entities. */
export function remembers<T extends Pick<Artifact, 'derived'>>(
  artifact: T,
): artifact is T & Required<Pick<T, 'derived'>> {
  return (artifact.derived?.memories.length ?? 0) > 0
}

/** One worker's hold of what the features of one model remember. Batches go through it one at a time: `alone`. */
export class FeatureMemory {
  readonly live: LiveFeatures
  readonly set: string
  readonly #parts: MemoryParts
  readonly #readsLabels: boolean
  #cursor: { version: number; number: number; isChanged: boolean; readonly origin: number } | undefined
  /** How often pasts were forgotten, as far as what is held knows; it is asked for again with what is held. */
  #forgettings: number | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isReady = false
  #late = 0

  constructor(parts: MemoryParts) {
    this.#parts = parts
    this.live = new LiveFeatures(parts)
    this.set = featureSetOf(parts)
    this.#readsLabels = parts.derived.memories.some(({ labels }) => labels)
  }

  /** After all that was asked for before has ended: what is held is nobody else's meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }

  /** Takes the pasts that these events need from the store; makes the set where it is lost or new. */
  async load(events: readonly Pick<Event, 'fields' | 'time'>[]): Promise<void> {
    if (!this.#isReady) await this.#ready()
    while (this.#forgettings === undefined) {
      await this.#readForgettings()
      if (!(await this.#catchUp())) this.forget()
    }
    await this.#hold(events)
    if (this.#readsLabels) await this.#readLabels()
  }

  /**
   * Learns what was decided by models with other features, or none, since this set was last in use: as if it had been all the time.
   * False where another has changed the set meanwhile.
   */
  async #catchUp(): Promise<boolean> {
    const { store, detector } = this.#parts
    const { stretches, first } = await store.unlearned(detector, this.set)
    if (stretches.length === 0) return true
    const left = new Map(stretches.map((stretch) => [stretch.partition, stretch]))
    const keep = async (learned: readonly Stretch[]) => {
      if (!(await store.catchUp(detector, this.#changesOf(this.live.changes()), learned))) return false
      this.live.kept()
      for (const { partition, to } of learned) left.set(partition, { ...left.get(partition)!, from: to })
      if (this.live.size > mostEntities) this.live.forget()
      return true
    }
    for (let after = (first ?? Number.POSITIVE_INFINITY) - 1; Number.isFinite(after); ) {
      const page = await store.decisionLog(detector, after, pageSize)
      if (page.length === 0) break
      const missed = page.filter(({ partition, position }) => isIn(left.get(partition), position))
      await this.#learnAgain(missed)
      const reached = missed.map(({ partition, position }) => ({ ...left.get(partition)!, to: position + 1 }))
      const learned = new Map(reached.map((stretch) => [stretch.partition, stretch]))
      if (learned.size > 0 && !(await keep([...learned.values()]))) return false
      after = page.at(-1)!.number
    }
    return keep([...left.values()])
  }

  async #learnAgain(decisions: readonly LoggedDecision[]): Promise<void> {
    const spare = new Float32Array(this.live.width)
    const events = decisions.map(({ fields, eventTime }) => ({ fields, time: eventTime }))
    await this.#hold(events)
    for (const event of events) {
      this.live.look(event, spare, 0)
      this.live.learn()
    }
  }

  async #readForgettings(): Promise<void> {
    const { number, base } = (await this.#parts.store.forgettings(this.#parts.detector, this.set)).at(-1) ?? never
    this.live.forgetBefore({ forgettings: number, base })
    this.#forgettings = number
  }

  async #hold(events: readonly Pick<Event, 'fields' | 'time'>[]): Promise<void> {
    const keys = this.live.missing(events)
    if (keys.length === 0) return
    this.live.hold(keys, await this.#states(keys))
  }

  #states(keys: readonly string[]) {
    return this.#parts.store.featureStates(this.#parts.detector, this.set, keys)
  }

  /** Vectors of loaded events, each of which is remembered. */
  vectors(events: readonly Event[]): Float32Array {
    return this.live.vectors(events)
  }

  /** The vector of one loaded event, which `learn` then remembers. */
  look(event: Event): Float32Array {
    const out = new Float32Array(this.live.width)
    this.live.look(event, out, 0)
    return out
  }

  learn(): void {
    this.live.learn()
  }

  changes(): FeatureChanges {
    const states = this.live.changes()
    if (this.#cursor?.isChanged)
      states.push({ key: cursorKey, expected: this.#cursor.version, bytes: numberBytes(this.#cursor.number) })
    return this.#changesOf(states)
  }

  #changesOf(states: FeatureChanges['states']): FeatureChanges {
    return { set: this.set, forgettings: this.#forgettings ?? 0, states }
  }

  /** The batch is committed, or what was learned of it never happened. */
  settle(isCommitted: boolean): void {
    const late = this.live.late - this.#late
    this.#late = this.live.late
    if (isCommitted && late > 0) this.#parts.onLate?.(late)
    if (!isCommitted) {
      this.forget()
      return
    }
    this.live.kept()
    if (this.#cursor?.isChanged) {
      this.#cursor.version = versionAfter(this.#cursor.version, this.#forgettings ?? 0)
      this.#cursor.isChanged = false
    }
    if (this.live.size > mostEntities) this.forget()
  }

  forget(): void {
    this.live.forget()
    this.#cursor = undefined
    this.#forgettings = undefined
  }

  /** Vectors of events that are only looked at, each as if it alone came now. What is kept now counts: others decide meanwhile. */
  peek(events: readonly Event[]): Promise<Float32Array> {
    return this.alone(async () => {
      this.forget()
      await this.load(events)
      const out = new Float32Array(events.length * this.live.width)
      for (const [row, event] of events.entries()) this.live.look(event, out, row * this.live.width)
      return out
    })
  }

  async #readLabels(): Promise<void> {
    const { store, detector } = this.#parts
    if (!this.#cursor) {
      const [state] = await this.#states([cursorKey])
      const origin = (await originOf(this.#parts, this.set)).time
      const number = state ? new Reader(state.bytes).signed() : 0
      this.#cursor = { version: state?.version ?? 0, number, isChanged: false, origin }
    }
    for (;;) {
      const labels = await store.labelLog(detector, this.#cursor.number, pageSize)
      for (const label of labels) await this.#answer(label)
      if (labels.length === 0) return
      this.#cursor.number = labels.at(-1)!.number
      this.#cursor.isChanged = true
    }
  }

  async #answer({ eventId, label, previous, labelledAt }: LoggedLabel): Promise<void> {
    const change = Number(label === 'anomaly') - Number(previous === 'anomaly')
    if (change === 0) return
    const decision = await this.#parts.store.decision(this.#parts.detector, eventId)
    // What the set began with has its labels already.
    if (!decision || decision.eventTime <= (this.#cursor?.origin ?? 0)) return
    const event = { fields: decision.fields, time: decision.eventTime }
    await this.#hold([event])
    this.live.answer(event, { knownAt: labelledAt + labelSettleMs, change: change < 0 ? -1 : 1 })
  }

  async #ready(): Promise<void> {
    if (!(await this.#parts.store.hasFeatureSet(this.#parts.detector, this.set)))
      await this.begin(Number.NEGATIVE_INFINITY)
    this.#isReady = true
  }

  /**
   * Makes the set of what is at hand and of every stored decision since `origin`, the last event time of what is at hand.
   * False where there is such a set already. Nothing is at hand afterwards.
   */
  async begin(origin: number): Promise<boolean> {
    const { store, detector } = this.#parts
    this.#cursor = { version: 0, number: 0, isChanged: false, origin }
    let through = 0
    let isMade = false
    // Others may decide meanwhile; what they decide is learned, too, before the set is made.
    while (!isMade && !(await store.hasFeatureSet(detector, this.set))) {
      through = await this.#learnLog(origin, through)
      if (this.#readsLabels) await this.#readLabels()
      isMade = await store.putFeatureSet({ detector, set: this.set, through }, this.#everything(origin, through))
    }
    this.forget()
    return isMade
  }

  *#everything(origin: number, through: number): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    yield* this.live.everything()
    yield { key: cursorKey, bytes: numberBytes(this.#cursor?.number ?? 0) }
    if (Number.isFinite(origin)) yield { key: originKey, bytes: numberBytes(origin, through) }
  }

  // Everything that was decided after number `from`, in its order; resolves to the last number.
  async #learnLog(origin: number, from: number): Promise<number> {
    const { store, detector } = this.#parts
    const spare = new Float32Array(this.live.width)
    let through = from
    for (;;) {
      const page = await store.decisionLog(detector, through, pageSize)
      for (const { fields, eventTime, number } of page) {
        through = number
        if (eventTime <= origin) continue
        const event = { fields, time: eventTime }
        this.live.hold(this.live.missing([event]), [])
        this.live.look(event, spare, 0)
        this.live.learn()
      }
      if (page.length === 0) return through
    }
  }
}

function isIn(stretch: Stretch | undefined, position: number): boolean {
  return stretch !== undefined && position >= stretch.from && position < stretch.to
}

type LoggedDecision = Awaited<ReturnType<MemoryStore['decisionLog']>>[number]
type LoggedLabel = Awaited<ReturnType<MemoryStore['labelLog']>>[number]

function numberBytes(...values: number[]): Uint8Array {
  const writer = new Writer()
  for (const value of values) writer.signed(value)
  return writer.take()
}

/** What the set began with. */
export async function originOf(
  { store, detector }: Pick<MemoryParts, 'store' | 'detector'>,
  set: string,
): Promise<Origin> {
  const [state] = await store.featureStates(detector, set, [originKey])
  if (!state) return { time: Number.NEGATIVE_INFINITY, through: 0 }
  const reader = new Reader(state.bytes)
  return { time: reader.signed(), through: reader.signed() }
}

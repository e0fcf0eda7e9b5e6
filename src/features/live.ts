// Live events in, their vectors out; and of each entity that they change, its past as bytes, to be kept and given back.

import type { Event, EventSchema } from '../core/event.ts'
import { versionAfter } from '../core/stateVersion.ts'
import type { Derived, FeatureSpec } from '../model/model.ts'
import { compileDeriver, type Deriver } from './derive.ts'
import { type Answer, Memory, reachMs } from './memory.ts'
import { entityKey, type ReplayedMemory } from './replay.ts'
import { eventRows } from './rows.ts'

/** The past of one entity of one memory, under a key of both. */
export type HeldState = { readonly key: string; readonly version: number; readonly bytes: Uint8Array }
export type ChangedState = { readonly key: string; readonly expected: number; readonly bytes: Uint8Array }

/**
 * Every past whose newest event lay so far before `base` that no event from `base` on could see any of it is forgotten, whole.
 * `forgettings` counts how often this was done.
 */
export type Forgotten = { readonly forgettings: number; readonly base: number }

type Happened = Pick<Event, 'fields' | 'time'>

export type LiveParts = {
  readonly schema: EventSchema
  readonly features: readonly FeatureSpec[]
  readonly derived: Derived
  /** What a replay remembers, to go on from; taken over, not copied. */
  readonly replayed?: readonly ReplayedMemory[]
}

/**
 * The memories of a plan, as far as they are at hand. Before an event is looked at, `missing` tells which pasts it needs, and
 * `hold` takes them. What was learned is told by `changes`; then it is either `kept`, or all is forgotten and taken anew.
 *
 * A program without a store holds all pasts here: it holds what is missing with no states, and says `forgetBefore` now and then.
 *
 * @example
 * const live = new LiveFeatures({ schema, features, derived, replayed: replayHistory(plan, schema, history, history.rows).memories })
 * live.hold(live.missing([event]), [])
 * const vector = live.vectors([event])
 */
export class LiveFeatures {
  readonly #parts: LiveParts
  readonly #rows: ReturnType<typeof eventRows>
  readonly #books: readonly Book[]
  readonly #deriver: Deriver
  readonly #slots: number[]
  readonly #texts: readonly (readonly (() => string | null)[])[]
  #forgettings = 0

  constructor(parts: LiveParts) {
    const { schema, features, derived, replayed } = parts
    this.#parts = parts
    this.#rows = eventRows(schema)
    this.#books = derived.memories.map(
      (spec, place) => new Book(place, replayed?.[place] ?? { memory: new Memory(spec), keys: [] }),
    )
    this.#slots = derived.memories.map(() => -1)
    this.#texts = derived.memories.map(({ over }) => over.map((column) => this.#rows.text(column) ?? (() => null)))
    this.#deriver = compileDeriver({
      ...{ features, derived, rows: this.#rows },
      memories: this.#books.map(({ memory }) => memory),
      slots: this.#slots.map((_, place) => () => this.#slots[place]!),
    })
  }

  get width(): number {
    return this.#parts.features.length
  }

  /** Entities at hand. */
  get size(): number {
    return this.#books.reduce((sum, { slots }) => sum + slots.size, 0)
  }

  /** Events that came too late to be remembered. */
  get late(): number {
    return this.#books.reduce((sum, { memory }) => sum + memory.late, 0)
  }

  /** Keys of the pasts that these events need and that are not at hand, each once. */
  missing(events: readonly Happened[]): string[] {
    const keys = new Set<string>()
    for (const event of events) {
      this.#rows.at(event.fields, event.time)
      for (const book of this.#books) {
        const entity = this.#entityOf(book.place)
        if (entity !== null && !book.slots.has(entity)) keys.add(book.keyOf(entity))
      }
    }
    return [...keys]
  }

  /** Takes the states of these keys; one without a state begins empty. One that is at hand already stays as it is. */
  hold(keys: readonly string[], states: readonly HeldState[]): void {
    const byKey = new Map(states.map((state) => [state.key, state]))
    for (const key of keys) this.#books[Number.parseInt(key, 10)]!.hold(key, byKey.get(key))
  }

  /** Writes the vector of an event. A TypeError where a past that it needs is not at hand. */
  look(event: Happened, out: Float32Array, offset: number): void {
    this.#enter(event)
    this.#deriver.fill(out, offset)
  }

  /** Remembers the event that was looked at last. */
  learn(anomaly: 0 | 1 = 0): void {
    this.#deriver.learn(anomaly)
    for (const [place, slot] of this.#slots.entries()) if (slot >= 0) this.#books[place]!.changed.add(slot)
  }

  /** One event after another, each with those before it behind it, and remembered: `width` floats for each, row after row. */
  vectors(events: readonly Happened[]): Float32Array {
    const out = new Float32Array(events.length * this.width)
    for (const [row, event] of events.entries()) {
      this.look(event, out, row * this.width)
      this.learn()
    }
    return out
  }

  /** Remembers a label of an event, in every memory that asks for labels. */
  answer(event: Happened, answer: Pick<Answer, 'knownAt' | 'change'>): void {
    this.#enter(event)
    for (const { memory, place, changed } of this.#books) {
      const slot = this.#slots[place]!
      if (!memory.spec.labels || slot < 0) continue
      const time = Math.floor(event.time / memory.spec.grainMs) * memory.spec.grainMs
      if (memory.answer(slot, { ...answer, time })) changed.add(slot)
    }
  }

  /** From now on; a past is given up when its entity is next asked for, so it does not matter where it lies meanwhile. */
  forgetBefore({ forgettings, base }: Forgotten): void {
    this.#forgettings = forgettings
    for (const book of this.#books) book.forgottenBefore = base - reachMs(book.memory.spec)
  }

  #enter(event: Happened): void {
    this.#rows.at(event.fields, event.time)
    for (const book of this.#books) {
      const entity = this.#entityOf(book.place)
      this.#slots[book.place] = entity === null ? -1 : book.slotOf(entity)
    }
  }

  #entityOf(place: number): string | null {
    const parts = this.#texts[place]!.map((text) => text())
    return parts.includes(null) ? null : entityKey(parts as string[])
  }

  changes(): ChangedState[] {
    return this.#books.flatMap((book) => book.changes())
  }

  /** The changes are kept where they were told to: those are the states now. */
  kept(): void {
    for (const book of this.#books) book.kept(this.#forgettings)
  }

  /** Nothing is at hand any more. */
  forget(): void {
    for (const book of this.#books) book.forget()
  }

  /** Every past at hand, one after another. */
  *everything(): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const book of this.#books) yield* book.everything()
  }
}

// One memory's entities by name.
class Book {
  readonly place: number
  readonly memory: Memory
  readonly slots: Map<string, number>
  readonly changed = new Set<number>()
  /** A past whose newest event is older is no more. */
  forgottenBefore = Number.NEGATIVE_INFINITY
  readonly #names: string[]
  readonly #versions: number[]

  constructor(place: number, { memory, keys }: ReplayedMemory) {
    this.place = place
    this.memory = memory
    this.#names = [...keys]
    this.#versions = keys.map(() => 0)
    this.slots = new Map(keys.map((key, slot) => [key, slot]))
  }

  keyOf(entity: string): string {
    return `${this.place}/${entity}`
  }

  slotOf(entity: string): number {
    const slot = this.slots.get(entity)
    if (slot === undefined) throw new TypeError(`the past of ${this.keyOf(entity)} is not at hand`)
    if (this.memory.newest(slot) < this.forgottenBefore) this.memory.clear(slot)
    return slot
  }

  hold(key: string, state: HeldState | undefined): void {
    const entity = key.slice(key.indexOf('/') + 1)
    if (this.slots.has(entity)) return
    const slot = this.#names.push(entity) - 1
    this.slots.set(entity, slot)
    this.#versions[slot] = state?.version ?? 0
    this.memory.reserve(slot + 1)
    if (state) this.memory.decode(slot, state.bytes)
  }

  changes(): ChangedState[] {
    return Array.from(this.changed, (slot) => ({
      key: this.keyOf(this.#names[slot]!),
      expected: this.#versions[slot]!,
      bytes: this.memory.encode(slot),
    }))
  }

  kept(forgettings: number): void {
    for (const slot of this.changed) this.#versions[slot] = versionAfter(this.#versions[slot]!, forgettings)
    this.changed.clear()
  }

  forget(): void {
    for (const slot of this.#names.keys()) this.memory.clear(slot)
    this.#names.length = 0
    this.#versions.length = 0
    this.slots.clear()
    this.changed.clear()
  }

  *everything(): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const [slot, name] of this.#names.entries()) yield { key: this.keyOf(name), bytes: this.memory.encode(slot) }
  }
}

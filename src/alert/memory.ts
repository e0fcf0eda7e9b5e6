// What the policies remember from alert to alert: read from the store's entries, changed by the engine, handed back as changes.

import type { Alert } from '../core/alert.ts'
import type { Severity } from '../core/matcher.ts'
import type { Tally } from './tally.ts'

export type Entry = { readonly kind: string; readonly key: string; readonly value: string }
export type Change = { readonly kind: string; readonly key: string; readonly value: string | null }

/** Values by key that know which of them changed. A value is never altered in place. */
class Shelf<T> {
  readonly #kind: string
  readonly #values = new Map<string, T>()
  readonly #changed = new Set<string>()

  constructor(kind: string) {
    this.#kind = kind
  }

  get kind(): string {
    return this.#kind
  }

  get size(): number {
    return this.#values.size
  }

  get(key: string): T | undefined {
    return this.#values.get(key)
  }

  entries(): IterableIterator<[string, T]> {
    return this.#values.entries()
  }

  set(key: string, value: T): void {
    this.#values.set(key, value)
    this.#changed.add(key)
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#changed.add(key)
  }

  deleteWhere(isOver: (key: string, value: T) => boolean): void {
    for (const [key, value] of [...this.#values]) if (isOver(key, value)) this.delete(key)
  }

  /** As it was stored; no change. */
  restore({ key, value }: Entry): void {
    this.#values.set(key, JSON.parse(value))
  }

  /** What changed since the last call. */
  take(): Change[] {
    const changes = [...this.#changed].map((key) => {
      const value = this.#values.get(key)
      return { kind: this.#kind, key, value: value === undefined ? null : JSON.stringify(value) }
    })
    this.#changed.clear()
    return changes
  }
}

/** A storm of one policy: alerts are counted, not told, until a digest says what there was. */
export type Storm = {
  readonly countedSince: number
  readonly digestAt: number
  readonly tally: Tally
}
/** What a policy holds back for its next digest. */
export type Rest = { readonly since: number; readonly digestAt: number; readonly tally: Tally }
/** An alert that escalates at `dueAt` to the level, unless somebody answers it; or the storm that began with it. */
export type Watch = {
  readonly what: 'alert' | 'storm'
  readonly alert: Alert
  readonly severity: Severity
  readonly level: number
  readonly dueAt: number
}

export class Memory {
  /** When it last forgot what was over, ms; not stored. */
  sweptAt = Number.NEGATIVE_INFINITY
  /** When messages about a group were told, ms; by policy and group. */
  readonly told = new Shelf<readonly number[]>('told')
  /** When a policy sent its messages, ms, the oldest first; by policy. */
  readonly sent = new Shelf<readonly number[]>('sent')
  readonly storms = new Shelf<Storm>('storm')
  readonly rests = new Shelf<Rest>('rest')
  readonly watches = new Shelf<Watch>('watch')
  /** Until when alerts of a group are muted, ms; by policy, rule and group. */
  readonly muted = new Shelf<number>('muted')

  /** From what the store kept; an entry of a kind that is no longer known is left alone. */
  static of(entries: readonly Entry[]): Memory {
    const memory = new Memory()
    const shelves = new Map(memory.#shelves.map((shelf) => [shelf.kind, shelf]))
    for (const entry of entries) shelves.get(entry.kind)?.restore(entry)
    return memory
  }

  changes(): Change[] {
    return this.#shelves.flatMap((shelf) => shelf.take())
  }

  get #shelves() {
    return [this.told, this.sent, this.storms, this.rests, this.watches, this.muted] as const
  }
}

/** The policy's name comes first: a name has no line breaks. */
export function keyOf(policy: string, ...parts: readonly (string | number)[]): string {
  return [policy, ...parts].join('\n')
}

export function policyOf(key: string): string {
  return key.split('\n', 1)[0]!
}

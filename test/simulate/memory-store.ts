// The part of the store contract that the loop lives on, in memory: positions, decisions, alerts, dead letters.

import type { Alert } from '../../src/core/alert.ts'
import type { DeadLetter, Decision } from '../../src/core/decision.ts'
import type { BatchResult, Store } from '../../src/store/store.ts'

export type LoopStore = Pick<Store, 'partition' | 'seen' | 'commit' | 'raiseWatermark'>

export class MemoryStore implements LoopStore {
  readonly decisions = new Map<string, Decision>()
  readonly deadLetters: DeadLetter[] = []
  readonly alertsStored: Alert[] = []
  /** Every batch that was committed, in order. */
  readonly commits: BatchResult[] = []
  duplicates = 0
  readonly #positions = new Map<number, { next: number; watermark: number }>()

  async partition(_detector: string, partition: number) {
    return { partition, ...this.#stateOf(partition) }
  }

  #stateOf(partition: number) {
    return this.#positions.get(partition) ?? { next: 0, watermark: Number.NEGATIVE_INFINITY }
  }

  async seen(_detector: string, eventIds: readonly string[]) {
    return new Set(eventIds.filter((id) => this.decisions.has(id)))
  }

  /** One transaction: nothing is awaited between the look at the position and the last write. */
  async commit(batch: BatchResult) {
    const { next, watermark } = this.#stateOf(batch.partition)
    if (next !== batch.expected) return false
    const fresh = new Set(batch.decisions.map(({ event }) => event.id).filter((id) => !this.decisions.has(id)))
    for (const decision of batch.decisions)
      if (fresh.has(decision.event.id)) this.decisions.set(decision.event.id, decision)
    this.alertsStored.push(...batch.alerts.filter(({ eventId }) => fresh.has(eventId)))
    this.deadLetters.push(...batch.deadLetters)
    this.duplicates += batch.duplicates + batch.decisions.length - fresh.size
    this.#positions.set(batch.partition, { next: batch.next, watermark: Math.max(watermark, batch.watermark) })
    this.commits.push(batch)
    return true
  }

  async raiseWatermark(_detector: string, watermark: number) {
    for (const state of this.#positions.values()) state.watermark = Math.max(state.watermark, watermark)
  }
}

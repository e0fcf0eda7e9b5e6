// The cache of answers given here → the last of each kind about each alert: a row of a queue of thousands looks at its own alone.

import { type Mutation, type MutationCache, type MutationState, useQueryClient } from '@tanstack/react-query'
import { useCallback, useSyncExternalStore } from 'react'

type Answer = Mutation<unknown, Error, unknown, unknown>
export type Said = MutationState<unknown, Error, unknown, unknown>

const keyOf = (kind: unknown, alertId: unknown): string => `${kind} ${alertId}`

class SaidIndex {
  #last = new Map<string, Answer>()
  #listeners = new Map<string, Set<() => void>>()

  constructor(cache: MutationCache) {
    for (const answer of cache.getAll()) this.#take(answer, false)
    cache.subscribe(({ type, mutation }) => {
      if (mutation) this.#take(mutation, type === 'removed')
    })
  }

  state(key: string): Said | undefined {
    return this.#last.get(key)?.state
  }

  listen(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(key)
    }
  }

  // Answers are given in turn: of two about one alert the younger has the higher number.
  #take(answer: Answer, isGone: boolean): void {
    const [kind, alertId] = answer.options.mutationKey ?? []
    if (alertId === undefined) return
    const key = keyOf(kind, alertId)
    const last = this.#last.get(key)
    if (isGone && last === answer) this.#last.delete(key)
    else if (!isGone && (!last || answer.mutationId >= last.mutationId)) this.#last.set(key, answer)
    for (const listener of this.#listeners.get(key) ?? []) listener()
  }
}

const indexes = new WeakMap<MutationCache, SaidIndex>()

function indexOf(cache: MutationCache): SaidIndex {
  const index = indexes.get(cache) ?? new SaidIndex(cache)
  indexes.set(cache, index)
  return index
}

/** The state of the last answer of a kind about an alert; undefined where none was given here. */
export function useSaid(kind: 'label' | 'unsure', alertId: string): Said | undefined {
  const index = indexOf(useQueryClient().getMutationCache())
  const key = keyOf(kind, alertId)
  const listen = useCallback((listener: () => void) => index.listen(key, listener), [index, key])
  return useSyncExternalStore(listen, () => index.state(key))
}

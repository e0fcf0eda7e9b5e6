// Any store in, its contract as tests out: what the loop, the notifier, the reports and the API rely on, whatever database it is.

import { afterEach, beforeEach, describe } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import type { Store } from '../../src/store/store.ts'
import { answersContract } from './store-answers.ts'
import { featuresContract } from './store-features.ts'
import { loopContract } from './store-loop.ts'
import { questionsContract } from './store-questions.ts'
import { routingContract } from './store-routing.ts'
import { start } from './store-samples.ts'
import { sharingContract } from './store-sharing.ts'
import { sketchContract } from './store-sketches.ts'

/** One store's data, opened as often as wanted, also twice at a time. */
export type StoreUnderTest = {
  open(clock: Clock): Promise<Store>
  /** Removes the data. */
  destroy(): Promise<void>
}

/** What a contract's tests work with; `store` is open, and closed after each test. */
export type StoreBench = { readonly store: Store; open(): Promise<Store> }

export function storeContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the store contract`, () => {
    const clock: Clock = { now: () => start + 123, sleep: async () => {} }
    let data: StoreUnderTest
    let opened: Store[]

    const open = async () => {
      const store = await data.open(clock)
      opened.push(store)
      return store
    }
    const bench: StoreBench = {
      get store() {
        return opened[0]!
      },
      open,
    }

    beforeEach(async () => {
      data = await create()
      opened = []
      await open()
    })
    afterEach(async () => {
      for (const store of opened) await store.close()
      await data.destroy()
    })

    loopContract(bench)
    featuresContract(bench)
    questionsContract(bench)
    answersContract(bench)
    routingContract(bench)
    sharingContract(bench)
    sketchContract(bench)
  })
}

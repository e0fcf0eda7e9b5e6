// An open store in, tests out: what processes that share it tell each other, and what only one of them may do.

import { describe, expect, onTestFinished, test } from 'vitest'
import type { News } from '../../src/store/store.ts'
import type { StoreBench } from './store.ts'
import { alerting, alertOf, batch, decision, deliveryOf, detector } from './store-samples.ts'

export function sharingContract(bench: StoreBench): void {
  describe('news', () => {
    const listen = async () => {
      const heard: News[] = []
      onTestFinished(bench.store.onNews((news) => heard.push(news)))
      const said = () => heard.map(({ alertIds }) => alertIds.join(' '))
      // A listener elsewhere takes a moment to be listening.
      await expect
        .poll(async () => {
          await bench.store.enqueue(detector, [deliveryOf(alertOf(alerting('x')), `probe-${Math.random()}`)])
          return said()
        })
        .toContain('')
      return said
    }

    test('tell of alerts that were raised, once committed', async () => {
      const said = await listen()
      await bench.store.commit(batch(0, [alerting('a'), decision('b'), alerting('c')]))
      await expect.poll(said).toContain('al_a al_c')
    })

    test('of a batch that was refused are not told', async () => {
      const said = await listen()
      expect(await bench.store.commit(batch(7, [alerting('a')]))).toBe(false)
      await bench.store.commit(batch(0, [alerting('b')]))
      await expect.poll(said).toContain('al_b')
      expect(said()).not.toContain('al_a')
    })

    test('of more alerts than one notice holds name them all', async () => {
      const said = await listen()
      await bench.store.commit(
        batch(
          0,
          Array.from({ length: 450 }, (_, i) => alerting(`e${i}`)),
        ),
      )
      await expect
        .poll(
          () =>
            said()
              .flatMap((ids) => ids.split(' '))
              .filter(Boolean).length,
        )
        .toBe(450)
    })
  })

  describe('a lease', () => {
    test('belongs to one at a time, until it is released', async () => {
      const other = await bench.open()
      const mine = await bench.store.lease('jobs')
      expect(mine?.lost.aborted).toBe(false)
      expect(await other.lease('jobs')).toBeUndefined()
      const elsewhere = await other.lease('notifier')
      expect(elsewhere).toBeDefined()
      await mine?.release()
      await mine?.release()
      const theirs = await other.lease('jobs')
      expect(theirs).toBeDefined()
      await theirs?.release()
      await elsewhere?.release()
    })
  })

  test('the positions are those of the partitions that were begun', async () => {
    const { store } = bench
    expect(await store.positions(detector)).toEqual(new Map())
    await store.commit(batch(0, [decision('a'), decision('b')]))
    await store.commit(batch(0, [decision('c')], { partition: 3 }))
    expect(await store.positions(detector)).toEqual(
      new Map([
        [0, 2],
        [3, 1],
      ]),
    )
  })
}

import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Admission } from './admission.ts'

/** Turns of requests that take a time each; answers how many of each turn were let in. */
async function turns(requests: readonly number[], { eachMs, restMs = 0, foreignMs = 0 }: Record<string, number>) {
  let now = 0
  const admission = new Admission({ maxWaitMs: 1000, now: () => now })
  const admitted: number[] = []
  for (const n of requests) {
    let inside = 0
    for (let i = 0; i < n; i++) {
      if (!admission.admits()) continue
      inside++
      admission.work(() => {
        now += eachMs!
      })
      if (i === 0) now += foreignMs
    }
    await turn()
    now += restMs
    admitted.push(inside)
  }
  return admitted
}

test('below capacity everybody is let in', async () => {
  expect(await turns([10, 30, 20], { eachMs: 0.1 })).toEqual([10, 30, 20])
})

test('a burst may wait; what would wait longer is sent away', async () => {
  expect(await turns([10_000, 10], { eachMs: 0.125, restMs: 1000 })).toEqual([8001, 10])
})

test('under a standing queue only the beginning of each turn is let in, until the queue is gone', async () => {
  const many = Array.from({ length: 8 }, () => 300)
  const admitted = await turns([...many, 20, 300], { eachMs: 0.1 })
  expect(admitted.slice(0, 3)).toEqual([300, 300, 300])
  expect(admitted[7]).toBeLessThan(60)
  expect(admitted.slice(8)).toEqual([20, 300])
})

test('long requests are counted by their time: turns full of them are a queue', async () => {
  const admitted = await turns(
    Array.from({ length: 10 }, () => 4),
    { eachMs: 20 },
  )
  expect(admitted[0]).toBe(4)
  expect(admitted.at(-1)).toBe(1)
})

test('few small requests beside other work of the process are never sent away', async () => {
  expect(
    await turns(
      Array.from({ length: 10 }, () => 12),
      { eachMs: 0.1, foreignMs: 80 },
    ),
  ).toEqual(Array.from({ length: 10 }, () => 12))
})

// A process that commits, killed at seeded moments: positions, decisions, alerts, outbox, rollups and totals still agree.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { collect, detector, minuteMs, start } from './store-samples.ts'

const script = join(import.meta.dirname, 'store-committer.ts')

/** The last position that the child said is durable before it was killed. */
async function commitUntilKilled(dir: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of child.stdout) {
    if (printed === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
    printed += chunk
  }
  return Number(printed.split('\n').at(-2))
}

test('after kill -9 the store holds every batch that was answered, and each batch wholly or not at all', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-crash-'))
  const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
  const random = new Random(seed)
  let stored = 0
  for (let round = 0; round < 4; round++) {
    const answered = await commitUntilKilled(dir, random.below(150))
    const store = await openEmbeddedStore({ dir, clock: systemClock })
    const { next } = await store.partition(detector, 0)
    const batches = next / 20
    expect(next).toBeGreaterThanOrEqual(answered)
    expect(Number.isInteger(batches)).toBe(true)
    const { deliveries, ...totals } = await store.totals(detector)
    expect(totals).toMatchObject({ events: 19 * batches, alerts: 4 * batches, deadLetters: batches, duplicates: 0 })
    expect(deliveries.pending).toBe(4 * batches)
    expect(await collect(store.decisions(detector, start, start + 1))).toHaveLength(19 * batches)
    expect(await store.alerts({ detector, limit: 1e6 })).toHaveLength(4 * batches)
    expect(await store.due(Infinity, 1e6)).toHaveLength(4 * batches)
    expect(await store.rollups(detector, start, start + minuteMs)).toMatchObject([
      { events: 19 * batches, alerts: 4 * batches },
    ])
    await store.close()
    stored = 19 * batches
  }
  console.log(`seed ${seed}: 4 kills, ${stored} events`)
  await rm(dir, { recursive: true })
})

// A notifier killed with `kill -9` between every two steps of a delivery: at least once, under the same key, nothing lost.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ManualClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { exampleNotice } from '../contract/receiver.ts'

const worker = resolve(import.meta.dirname, 'delivery-worker.ts')
const seed = Number(process.env.TOCSIN_SEED ?? 20261122)
const messages = 200
/** Messages that may be under way at once: so many may be told twice for each kill. */
const underWay = 4
const ownSteps = [
  'before the outbox is read',
  'after the outbox was read',
  'before it is sent',
  'after it was heard',
  'before it is written down',
  'after it was written down',
]
/** The other side has it, and has not answered yet: the kill comes from there. */
const unanswered = 'when it has arrived and is not answered'

test(`killed at each of ${ownSteps.length + 1} steps, twice, every message is heard, under its own key`, {
  timeout: 120_000,
}, async () => {
  const random = new Random(seed)
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-kill-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const ids = await fill(dir)
  const hook = await listen()
  const deaths: string[] = []
  for (const step of random.shuffle([...ownSteps, ...ownSteps, unanswered, unanswered]))
    if (await diesAt(step, { dir, hook, times: step.includes('outbox') ? 1 : 1 + random.below(5) })) deaths.push(step)
  expect(await run(dir, hook.url)).toBe(0)
  console.log(`seed ${seed}: ${deaths.length} kills, ${messages} messages, ${hook.heard.length} calls`)

  expect(new Set(deaths).size).toBe(ownSteps.length + 1)
  expect(new Set(hook.heard)).toEqual(new Set(ids))
  // Twice only what was under way when a process died.
  expect(hook.heard.length).toBeLessThanOrEqual(messages + deaths.length * underWay)
  const store = await openEmbeddedStore({ dir, clock: new ManualClock(Date.now()) })
  onTestFinished(() => store.close())
  const stored = await store.deliveries({ detector: 'card-fraud', limit: 1000 })
  expect(
    stored
      .filter(({ state }) => state === 'sent')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...ids].sort())
  expect((await store.totals('card-fraud')).deliveries).toEqual({ pending: 0, sent: messages, dead: 0 })
})

async function fill(dir: string): Promise<string[]> {
  const store = await openEmbeddedStore({ dir, clock: new ManualClock(Date.now()) })
  const ids = Array.from({ length: messages }, (_, i) => `dl_${i}`)
  const rest = {
    receiver: 'hook',
    message: exampleNotice,
    state: 'pending',
    attempts: 0,
    nextAttemptAt: 0,
    reason: null,
  } as const
  await store.enqueue(
    'card-fraud',
    ids.map((id) => ({ id, ...rest })),
  )
  await store.close()
  return ids
}

type Hook = Awaited<ReturnType<typeof listen>>

async function listen() {
  const heard: string[] = []
  const state = { victim: undefined as { child: ChildProcess; left: number } | undefined }
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      heard.push(String(request.headers['webhook-id']))
      const { victim } = state
      if (victim && --victim.left === 0) victim.child.kill('SIGKILL')
      else response.writeHead(204).end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard, state }
}

/** True where the process died by the kill; false where there was too little left to come so far. */
async function diesAt(
  step: string,
  { dir, hook, times }: { dir: string; hook: Hook; times: number },
): Promise<boolean> {
  const child = start(dir, hook.url, step, times)
  hook.state.victim = step === unanswered ? { child, left: times } : undefined
  const [, signal] = await once(child, 'exit')
  hook.state.victim = undefined
  return signal === 'SIGKILL'
}

async function run(dir: string, url: string): Promise<number | null> {
  const [code] = await once(start(dir, url, 'never', 1), 'exit')
  return code
}

function start(dir: string, url: string, step: string, times: number): ChildProcess {
  return spawn(process.execPath, [worker, dir, url, step, String(times)], { stdio: ['ignore', 'ignore', 'inherit'] })
}

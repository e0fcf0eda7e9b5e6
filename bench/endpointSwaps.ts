// A model and a number of requests in; how many failed while champions were swapped and rolled back under them out, as a table.

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startSystem } from '../src/app/system.ts'
import { Client } from '../src/client.ts'
import { parseConfig } from '../src/config.ts'
import { decodeArtifact } from '../src/model/model.ts'
import { openRegistry } from '../src/registry/registry.ts'
import type { Row } from './endpointServers.ts'
import { publish, summarise } from './harness.ts'

export type SwapOptions = {
  readonly model: Uint8Array
  readonly rows: readonly Row[]
  readonly dir: string
  readonly requests: number
  readonly isQuick: boolean
}

const swapEveryMs = 20

/** A whole system; two versions take turns as champion over its API, forwards by promotion, back by roll back. */
export async function swapUnderLoad({ model, rows, dir, requests, isQuick }: SwapOptions): Promise<void> {
  const artifact = decodeArtifact(model)
  const { detector } = artifact.schema
  const config = parseConfig({
    ...{ detector, dataDir: join(dir, 'data'), web: { port: 0 }, watch: { canaryEveryMinutes: null } },
    endpoint: { rollBack: { isAutomatic: false }, maxWaitMs: 60_000 },
  })
  const system = await startSystem({ config, console: process.stdout, logLevel: 'error' })
  const registry = openRegistry({ store: system.store, detector })
  for (const seed of [1, 2]) await registry.register({ ...artifact, training: { ...artifact.training, seed } }, seed)
  const client = new Client({ url: system.url })
  await client.promote(1, 'first')
  let swaps = 0
  let isOver = false
  const swapping = (async () => {
    for (; !isOver; swaps++) {
      if (swaps % 2 === 0) await client.promote(2, 'newer')
      else await client.rollBack('older')
      await sleep(swapEveryMs)
    }
  })()
  const path = `/endpoints/${detector}/invocations`
  const answered = await load(join(dir, 'swaps.json'), { port: Number(new URL(system.url).port), path, rows, requests })
  isOver = true
  await swapping
  await system.stop()
  const good = answered.statuses['200'] ?? 0
  const value = (metric: string, unit: string, count: number) => ({
    ...{ subject: 'tocsin', case: 'swap and roll back under load', round: 0, metric, unit, value: count },
  })
  const results = summarise([
    value('requests', 'count', answered.answers),
    value('failed', 'count', answered.answers - good + answered.errors),
    value('swaps', 'count', swaps),
    value('requests a second', '1/s', answered.perSecond),
    value('p99', 'ms', answered.p99),
  ])
  const notes = [
    `InvokeEndpoint over 32 connections, each answer awaited; a champion about every ${swapEveryMs} ms, forwards by promotion, back by roll back, over the API of the same process. Target: 0 failed. Statuses: ${JSON.stringify(answered.statuses)}.`,
  ]
  await publish({ bench: 'endpoint-swaps', runs: 1, results, ratios: [], notes }, { isQuick })
}

type Answered = {
  readonly answers: number
  readonly errors: number
  readonly perSecond: number
  readonly p99: number
  readonly statuses: Readonly<Record<string, number>>
}

async function load(
  settings: string,
  { rows, ...given }: { port: number; path: string; rows: readonly Row[]; requests: number },
): Promise<Answered> {
  const form = { contentType: 'text/csv', bodies: rows.slice(0, 200), rate: 0, seconds: 0, connections: 32 }
  await writeFile(settings, JSON.stringify({ ...given, ...form }))
  const generator = fileURLToPath(new URL('./load.ts', import.meta.url))
  return JSON.parse((await promisify(execFile)(process.execPath, [generator, settings])).stdout)
}

// How many decisions a second a store takes, durable, in the loop's own order of calls: `npm run bench:store [-- --quick]`.

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/core/clock.ts'
import type { Decision } from '../src/core/decision.ts'
import { Random } from '../src/core/random.ts'
import { openEmbeddedStore } from '../src/store/embedded.ts'
import { openPostgresStore } from '../src/store/postgres.ts'
import type { Store } from '../src/store/store.ts'
import { findPostgres, startPostgres } from '../test/rig/servers/postgres.ts'
import { type Case, measure, publish, type Subject, summarise } from './harness.ts'

const isQuick = process.argv.includes('--quick')
const batches = isQuick ? 20 : 200
const batchSize = 1000
const features = 30
const detector = 'bench'
const start = Date.UTC(2026, 10, 22)

/** Events of a day in order, thirty numbers each, one in a thousand an alert. */
function batchOf(index: number, idOf: (n: number) => string): Decision[] {
  const random = new Random(index + 1)
  return Array.from({ length: batchSize }, (_, i) => {
    const n = index * batchSize + i
    const vector = Float32Array.from({ length: features }, () => random.uniform() * 6 - 3)
    const fields = Object.fromEntries(Array.from(vector, (value, column) => [`V${column}`, value]))
    const event = { id: idOf(n), time: start + n * 10, entity: `card-${n % 5000}`, amount: vector[0]!, fields }
    const isAlert = i === 0
    return {
      ...{ detector, event, score: isAlert ? 0.97 : 0.01, threshold: 0.9, outcome: isAlert ? 'alert' : 'pass' },
      ...{ modelVersion: 1, vector, reasons: [], partition: 0, position: n, isLate: false },
    } satisfies Decision
  })
}

async function commitAll(store: Store, work: readonly Decision[][]): Promise<number> {
  const startedAt = performance.now()
  for (const [index, decisions] of work.entries()) {
    await store.partition(detector, 0)
    await store.seen(
      detector,
      decisions.map(({ event }) => event.id),
    )
    const expected = index * batchSize
    const committed = await store.commit({
      ...{ detector, partition: 0, expected, next: expected + batchSize, watermark: decisions.at(-1)!.event.time },
      ...{ decisions, deadLetters: [], alerts: [], deliveries: [], duplicates: 0 },
    })
    if (!committed) throw new TypeError('the position moved by itself')
  }
  return performance.now() - startedAt
}

function subject(
  name: string,
  idOf: (n: number) => string,
  open: () => Promise<[Store, () => Promise<void>]>,
): Subject {
  const work = Array.from({ length: batches }, (_, index) => batchOf(index, idOf))
  return {
    name,
    run: async () => {
      const [store, close] = await open()
      const cpu = process.cpuUsage()
      const ms = await commitAll(store, work)
      const { user, system } = process.cpuUsage(cpu)
      await close()
      const events = batches * batchSize
      return [
        { metric: 'rate', unit: 'decisions/s', value: (events / ms) * 1000 },
        { metric: 'cpu', unit: 'µs/decision', value: (user + system) / events },
      ]
    },
  }
}

async function embedded(): Promise<[Store, () => Promise<void>]> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  const store = await openEmbeddedStore({ dir, clock: systemClock })
  const close = async () => {
    await store.close()
    await rm(dir, { recursive: true })
  }
  return [store, close]
}

/** A real server, on the same machine, that waits for the disk at each commit. */
const found = await findPostgres()
const server = 'path' in found ? await startPostgres({ ...found, isDurable: true }) : undefined
let schemas = 0
async function postgres(): Promise<[Store, () => Promise<void>]> {
  const schema = `bench_${schemas++}`
  const store = await openPostgresStore({ url: server!.url, schema, clock: systemClock, random: new Random(1) })
  return [store, () => store.close()]
}

const serial = (n: number) => `event-${String(n).padStart(9, '0')}`
const cases: Case[] = [
  {
    name: `${batches} batches of ${batchSize}, ${features} numbers`,
    runs: isQuick ? 1 : 3,
    subjects: [
      subject('embedded, ids in order', serial, embedded),
      subject('embedded, random ids', () => randomUUID(), embedded),
      ...(server ? [subject('PostgreSQL, random ids', () => randomUUID(), postgres)] : []),
    ],
  },
]
const notes = [
  'missing' in found ? found.missing : 'CPU is that of the Node process; PostgreSQL runs beside it on the same cores',
]
const runs = []
for (const one of cases) runs.push(...(await measure(one)))
await publish({ bench: 'store', runs: cases[0]!.runs, results: summarise(runs), ratios: [], notes }, { isQuick })
await server?.destroy()

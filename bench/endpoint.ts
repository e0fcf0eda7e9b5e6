// Nothing in; requests a second and latencies of one-event requests and of batches out, beside the least that Node can do and the usual server of Python; and what overload does.
//
// node bench/endpoint.ts [--quick] [--runs 3]

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { encodeArtifact } from '../src/model/model.ts'
import { cardLike } from './cardlike.ts'
import { type Server, servers, start } from './endpointServers.ts'
import { type Figure, measure, publish, ratios, type Subject, summarise } from './harness.ts'
import { startRivals } from './rivals.ts'
import { hundredTrees, rowsOf, testVectors, trainOurs } from './subject.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
})
const runs = values.quick ? 1 : Number(values.runs)
const seconds = values.quick ? 1 : 5
const matrix = cardLike(values.quick ? 20_000 : 60_000, 30, 7)
const training = values.quick ? { ...hundredTrees, trees: 20 } : hundredTrees
const vectors = testVectors(matrix)
const row = (i: number) => Array.from(vectors.subarray(i * 30, i * 30 + 30), (value) => Number(value.toPrecision(7)))
const instances = (from: number, n: number) =>
  JSON.stringify({ instances: Array.from({ length: n }, (_, i) => ({ features: row(from + i) })) })
const csv = (from: number, n: number) => Array.from({ length: n }, (_, i) => row(from + i).join(',')).join('\n')

const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
const files = { model: join(dir, 'model.tocsin'), xgboost: join(dir, 'xgboost.json') }
const { artifact } = await trainOurs(matrix, training)
const fields = matrix.names.map((name) => ({ name, kind: 'number' as const, isNullable: true }))
await writeFile(files.model, encodeArtifact({ ...artifact, schema: { ...artifact.schema, fields } }))
const rivals = await startRivals(matrix, rowsOf(matrix.labels.length))
if (rivals) {
  await rivals.train('xgboost', training)
  await writeFile(files.xgboost, await rivals.xgboostModel())
  await rivals.close()
}

type Load = { contentType: string; bodies: readonly string[]; rate: number; connections: number }
type Answered = {
  perSecond: number
  p50: number
  p99: number
  p999: number
  statuses: Record<string, number>
  unsent: number
}

const execute = promisify(execFile)

async function load({ port, path }: Server, given: Load): Promise<Answered> {
  const settings = join(dir, 'load.json')
  await writeFile(settings, JSON.stringify({ port, path, seconds, ...given }))
  const { stdout } = await execute(process.execPath, [fileURLToPath(new URL('./load.ts', import.meta.url)), settings])
  return JSON.parse(stdout)
}

const figure = (metric: string, unit: string, value: number): Figure => ({ metric, unit, value })
const oneEvent = { contentType: 'application/json', bodies: Array.from({ length: 200 }, (_, i) => instances(i, 1)) }
const commonRate = values.quick ? 300 : 500

// How many at most, on open connections; then the same moderate rate for all, and what is late counts as late.
async function oneEventFigures(server: Server): Promise<Figure[]> {
  const most = await load(server, { ...oneEvent, rate: 0, connections: 16 })
  const even = await load(server, { ...oneEvent, rate: commonRate, connections: 64 })
  return [
    figure('requests', '1/s', most.perSecond),
    figure(`p50 at ${commonRate}/s`, 'ms', even.p50),
    figure(`p99 at ${commonRate}/s`, 'ms', even.p99),
    figure(`p99.9 at ${commonRate}/s`, 'ms', even.p999),
  ]
}

async function batchFigures(server: Server): Promise<Figure[]> {
  const rows = 1000
  const send = async (contentType: string, body: (from: number, n: number) => string) => {
    const bodies = [body(0, rows), body(rows, rows)]
    return (await load(server, { contentType, bodies, rate: 0, connections: 2 })).perSecond * rows
  }
  return [
    figure('CSV', 'rows/s', await send('text/csv', csv)),
    figure('JSON', 'rows/s', await send('application/json', instances)),
  ]
}

// Four fifths of what it can, then three times that.
async function overloadFigures(server: Server): Promise<Figure[]> {
  const { perSecond } = await load(server, { ...oneEvent, rate: 0, connections: 256 })
  const busy = await load(server, { ...oneEvent, rate: perSecond * 0.8, connections: 256 })
  const over = await load(server, { ...oneEvent, rate: perSecond * 3, connections: 256 })
  return [
    figure('capacity', '1/s', perSecond),
    figure('p99 at 80 %', 'ms', busy.p99),
    figure('accepted at 300 %', '1/s', over.perSecond),
    figure('p99 of accepted at 300 %', 'ms', over.p99),
    figure('sent away at 300 %', '1/s', (over.statuses['429'] ?? 0) / seconds),
    figure('never sent at 300 %: no free connection', '1/s', over.unsent / seconds),
  ]
}

const all = servers(files)
let port = 18_080

/** Alone on the machine while it is measured. */
function subject(name: string, work: (server: Server) => Promise<Figure[]>): Subject {
  return {
    name,
    run: async () => {
      const at = port++
      const server = await start(name, all[name]!(at), at, files.xgboost)
      try {
        return await work(server)
      } finally {
        await server.stop()
      }
    },
  }
}

const names = Object.keys(all)
const limit = 'node:http, a constant'
const rival = 'FastAPI + XGBoost'
const one = 'one event, 30 features'
const measured = [
  ...(await measure({ name: one, runs, subjects: names.map((name) => subject(name, oneEventFigures)) })),
  ...(await measure({
    ...{ name: 'batches of 1,000 rows', runs },
    subjects: names.filter((name) => name !== limit).map((name) => subject(name, batchFigures)),
  })),
  ...(await measure({ name: 'overload', runs, subjects: [subject('tocsin', overloadFigures)] })),
]
await rm(dir, { recursive: true })

const pairs = [
  { of: 'tocsin', to: limit, metric: 'requests', target: 'at least 0.8' },
  { of: 'tocsin', to: rival, metric: 'requests', target: 'at least 5' },
  { of: 'tocsin', to: rival, metric: `p99 at ${commonRate}/s`, target: 'below 1' },
  { of: 'tocsin', to: rival, metric: 'CSV', target: 'above 1' },
  { of: 'tocsin', to: rival, metric: 'JSON', target: 'above 1' },
]
await publish(
  {
    ...{ bench: 'endpoint', runs, results: summarise(measured), ratios: ratios(measured, pairs) },
    notes: [
      `${training.trees} trees of depth ${training.depth}; each server one process, the generator another, on the same ${runs === 1 ? 'machine' : 'machine, in turn'}.`,
      'Requests at most: 16 connections, the next request when the answer is there. At a rate: appointed times, latency from the appointed time.',
    ],
  },
  { isQuick: values.quick },
)

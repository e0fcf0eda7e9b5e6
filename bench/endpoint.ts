// Nothing in; requests a second and latencies of one-event requests and of batches out, beside the least that Node can do and the usual servers of Python; what overload does; and what more processes bring.
//
// node bench/endpoint.ts [--quick] [--runs 3] [--only one|batch|overload|processes]
// node bench/endpoint.ts --swaps [--requests 1000000]: champions swapped and rolled back while so many requests come.

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { decodeArtifact, encodeArtifact, loadModel } from '../src/model/model.ts'
import { createScorer } from '../src/score/score.ts'
import { plainVectors } from '../src/web/doors/plainRows.ts'
import { cardLike } from './cardlike.ts'
import { type Kind, limit, type Row, rivalKinds, type Server, start, tocsin } from './endpointServers.ts'
import { swapUnderLoad } from './endpointSwaps.ts'
import { type Figure, measure, publish, ratios, summarise } from './harness.ts'
import { startRivals } from './rivals.ts'
import { hundredTrees, rowsOf, testVectors, trainOurs } from './subject.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    swaps: { type: 'boolean', default: false },
    requests: { type: 'string', default: '1000000' },
  },
})
const isWanted = (part: string) => values.only === undefined || values.only === part
const runs = values.quick ? 1 : Number(values.runs)
const seconds = values.quick ? 1 : 2.5
const batchRows = 1000
const matrix = cardLike(values.quick ? 20_000 : 60_000, 30, 7)
const training = values.quick ? { ...hundredTrees, trees: 20 } : hundredTrees
const vectors = testVectors(matrix)
const rows: readonly Row[] = Array.from({ length: 2 * batchRows }, (_, i) =>
  Array.from(vectors.subarray(i * 30, i * 30 + 30), (value) => Number(value.toPrecision(7))).join(','),
)

const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
const files = { dir, model: join(dir, 'model.tocsin'), xgboost: join(dir, 'xgboost.json') }
const { artifact } = await trainOurs(matrix, training)
const fields = matrix.names.map((name) => ({ name, kind: 'number' as const, isNullable: true }))
const model = encodeArtifact({ ...artifact, schema: { ...artifact.schema, fields } })
await writeFile(files.model, model)

const execute = promisify(execFile)
type Load = { contentType: string; bodies: readonly string[]; rate: number; connections: number; seconds?: number }
type Answered = {
  perSecond: number
  p50: number
  p99: number
  p999: number
  answers: number
  statuses: Record<string, number>
  unsent: number
}

async function load({ port, path }: Pick<Server, 'port' | 'path'>, given: Load): Promise<Answered> {
  const settings = join(dir, 'load.json')
  await writeFile(settings, JSON.stringify({ port, path, seconds, ...given }))
  const { stdout } = await execute(process.execPath, [fileURLToPath(new URL('./load.ts', import.meta.url)), settings])
  return JSON.parse(stdout)
}

if (values.swaps) {
  await swapUnderLoad({ model, rows, dir, requests: Number(values.requests), isQuick: values.quick })
  await rm(dir, { recursive: true })
  process.exit(0)
}

const figure = (metric: string, unit: string, value: number): Figure => ({ metric, unit, value })
const commonRate = values.quick ? 200 : 500

function oneEvent({ json: { contentType, body } }: Server): Pick<Load, 'contentType' | 'bodies'> {
  return { contentType, bodies: rows.slice(0, 200).map((row) => body([row])) }
}

// How many at most, on open connections; then the same moderate rate for all, and what is late counts as late.
async function oneEventFigures(server: Server): Promise<Figure[]> {
  const before = server.usage()
  const most = await load(server, { ...oneEvent(server), rate: 0, connections: 16 })
  const cpuS = server.usage().cpuS - before.cpuS
  const even = await load(server, { ...oneEvent(server), rate: commonRate, connections: 64 })
  return [
    figure('requests', '1/s', most.perSecond),
    figure('p50 at most', 'ms', most.p50),
    figure('p99 at most', 'ms', most.p99),
    figure('processor', 'µs/request', (cpuS / most.answers) * 1e6),
    figure(`p50 at ${commonRate}/s`, 'ms', even.p50),
    figure(`p99 at ${commonRate}/s`, 'ms', even.p99),
    figure(`p99.9 at ${commonRate}/s`, 'ms', even.p999),
  ]
}

async function batchFigures(server: Server): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, form] of [['CSV', server.csv] as const, ['JSON', server.json] as const]) {
    if (!form) continue
    const bodies = [form.body(rows.slice(0, batchRows)), form.body(rows.slice(batchRows))]
    await spentParsing(server)
    const { perSecond } = await load(server, {
      contentType: form.contentType,
      bodies,
      rate: 0,
      connections: 2,
      seconds: seconds / 2,
    })
    figures.push(figure(name, 'rows/s', perSecond * batchRows))
    const share = server.name === 'tocsin' ? ownParsing(form.contentType, bodies) : await spentParsing(server)
    if (share !== undefined) figures.push(figure(`parsing of ${name}`, 'share', share))
  }
  return figures
}

/** As FastAPI's program counts it: of the time between the body and the answer. */
async function spentParsing({ name, port }: Server): Promise<number | undefined> {
  if (!name.startsWith('FastAPI')) return undefined
  const { parsing, all } = (await (await fetch(`http://127.0.0.1:${port}/spent`)).json()) as Record<string, number>
  return parsing! / all!
}

// Bytes to vectors, of bytes to scores: the same calls that the door makes, in this process.
const decoded = decodeArtifact(model)
const parsing = { labelInStream: 'drop', unknownFields: 'ignore' } as const
const scorer = createScorer({ artifact: decoded, model: loadModel(decoded), modelVersion: 1, ...parsing })
function ownParsing(contentType: string, bodies: readonly string[]): number {
  const bytes = bodies.map((body) => Buffer.from(body))
  const timed = (work: (body: Buffer) => unknown) => {
    const begin = process.cpuUsage()
    for (let i = 0; i < 100; i++) work(bytes[i % bytes.length]!)
    const { user, system } = process.cpuUsage(begin)
    return user + system
  }
  const parse = (body: Buffer) => plainVectors(contentType, body, scorer)!
  timed(parse)
  return timed(parse) / timed((body) => scorer.scoreVectors(parse(body)))
}

const crowd = 500
/** Of a request under overload: so many that scoring them costs far more than reading and refusing them. */
const crowdRows = 100

// Four fifths of what it can, then three times that, for longer.
async function overloadFigures(server: Server, rowsEach = crowdRows): Promise<Figure[]> {
  const { contentType, body } = server.json
  const bodies = Array.from({ length: 16 }, (_, i) => body(rows.slice(i * rowsEach, (i + 1) * rowsEach)))
  const many = { contentType, bodies, connections: crowd }
  // So few that nobody is sent away, and yet one is always there to be answered.
  const { perSecond } = await load(server, { ...many, connections: 8, rate: 0 })
  const busy = await load(server, { ...many, rate: perSecond * 0.8 })
  const before = server.usage()
  const over = await load(server, { ...many, rate: perSecond * 3, seconds: seconds * 2 })
  const offered = (over.answers + over.unsent) / (seconds * 2)
  return [
    figure('capacity', '1/s', perSecond),
    figure('p99 at 80 %', 'ms', busy.p99),
    figure('offered', '× capacity', offered / perSecond),
    figure('accepted at overload', '1/s', over.perSecond),
    figure('p99 of accepted at overload', 'ms', over.p99),
    figure('p99 at overload / at 80 %', 'ratio', over.p99 / busy.p99),
    figure('sent away at overload', '1/s', (over.statuses['429'] ?? 0) / (seconds * 2)),
    figure('neither answered nor sent away', '1/s', over.unsent / (seconds * 2)),
    figure('other answers than 200 and 429', 'count', others(over.statuses)),
    figure('memory after / before overload', 'ratio', server.usage().bytes / before.bytes),
  ]
}

function others(statuses: Readonly<Record<string, number>>): number {
  const { 200: _, 429: __, ...rest } = statuses
  return Object.values(rest).reduce((sum, count) => sum + count, 0)
}

async function processFigures(server: Server): Promise<Figure[]> {
  const { perSecond, p99 } = await load(server, { ...oneEvent(server), rate: 0, connections: 32 })
  return [figure('requests', '1/s', perSecond), figure('p99 at most', 'ms', p99)]
}

let port = 18_080
function nextPort(): number {
  port += 10
  return port
}

/** All are started and warmed at once, and measured in turn: those that are not asked rest. */
async function measured(name: string, kinds: readonly Kind[], work: (server: Server) => Promise<Figure[]>) {
  const servers: Server[] = []
  try {
    for (const kind of kinds) {
      const server = await start(kind, nextPort())
      servers.push(server)
      await load(server, { ...oneEvent(server), rate: 0, connections: 4, seconds: 1 })
    }
    const subjects = servers.map((server) => ({ name: server.name, run: () => work(server) }))
    return await measure({ name, runs, subjects, isWarm: true })
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

const rivals = isWanted('one') || isWanted('batch') ? await startRivals(matrix, rowsOf(matrix.labels.length)) : null
if (rivals) {
  await rivals.train('xgboost', training)
  await writeFile(files.xgboost, await rivals.xgboostModel())
  await rivals.close()
}
const python = rivals ? await rivalKinds(files) : { kinds: [], notes: ['No server of Python: see above.'] }
const own = tocsin(files)
const all = [own, limit, ...python.kinds]
const results = [
  ...(isWanted('one') ? await measured('one event, 30 features', all, oneEventFigures) : []),
  ...(isWanted('batch')
    ? await measured(
        'batches of 1,000 rows',
        all.filter((kind) => kind !== limit),
        batchFigures,
      )
    : []),
  ...(isWanted('overload')
    ? [
        ...(await measured(`overload, ${crowdRows} rows a request`, [own], overloadFigures)),
        ...(await measured('overload, one row a request', [own], (server) => overloadFigures(server, 1))),
      ]
    : []),
  ...(isWanted('processes') ? await measured('processes', [own, tocsin(files, 2)], processFigures) : []),
]
await rm(dir, { recursive: true })

const pairs = [
  { of: own.name, to: limit.name, metric: 'requests', target: 'at least 0.8' },
  { of: own.name, to: limit.name, metric: 'processor', target: 'at most 1.25' },
  ...python.kinds.flatMap(({ name }) => [
    { of: own.name, to: name, metric: 'requests', target: 'at least 5' },
    { of: own.name, to: name, metric: `p99 at ${commonRate}/s`, target: 'below 1' },
    { of: own.name, to: name, metric: 'CSV', target: 'above 1' },
    { of: own.name, to: name, metric: 'JSON', target: 'above 1' },
  ]),
  { of: tocsin(files, 2).name, to: own.name, metric: 'requests', target: 'none: the generator needs a core, too' },
]
await publish(
  {
    ...{ bench: 'endpoint', runs, results: summarise(results), ratios: ratios(results, pairs) },
    notes: [
      `${training.trees} trees of depth ${training.depth}, 30 numbers a row; each server one process, the generator another, on one machine, in turn; all read their request’s body, the constant, too.`,
      'Requests at most: 16 connections, the next request when the answer is there. At a rate: appointed times, latency from the appointed time, over 64 connections.',
      'Processor: user and system time of the server over its answers; loopback makes each side pay for the other’s delivery.',
      `Overload: ${crowd} connections; capacity is what 8 connections get in a closed loop; target: p99 of accepted at most twice that at 80 %.`,
      'A request of one row costs nearly as much to refuse as to answer, for reading and writing it is nearly all of its cost: at three times capacity of those not even refusals keep up, and the rest waits at the sender, which counts as latency here.',
      'Parsing: for tocsin bytes to vectors of bytes to scores, by processor time; for FastAPI parsing of body to answer, as its program counts.',
      ...python.notes,
    ],
  },
  { isQuick: values.quick || values.only !== undefined },
)

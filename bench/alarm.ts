// How long it takes from an event's acceptance until a webhook has heard of its alert, at a fixed arrival rate: `npm run bench:alarm`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../src/core/clock.ts'
import { openRegistry } from '../src/registry/registry.ts'
import { openEmbeddedStore } from '../src/store/embedded.ts'
import { payment, smallArtifact } from '../test/rig/artifact.ts'
import { type Figure, measure, publish, ratios, summarise } from './harness.ts'

const isQuick = process.argv.includes('--quick')
const perSecond = 10_000
/** A request of so many events every so many ms. */
const batch = 100
const everyMs = (1000 * batch) / perSecond
const seconds = isQuick ? 3 : 20
const warmUpSeconds = isQuick ? 1 : 5
/** One event in a thousand alerts: ten alerts a second. */
const alertEvery = 1000
const detector = 'card-fraud'
/** As Linux counts processor time. */
const ticksPerSecond = 100
const bin = resolve(import.meta.dirname, '../bin/tocsin.js')

type Hook = { readonly url: string; readonly heardAt: ReadonlyMap<string, number>; close(): void }

async function listen(): Promise<Hook> {
  const heardAt = new Map<string, number>()
  const server = createServer(async (incoming, answer) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const at = performance.now()
    answer.writeHead(204).end()
    const { data } = JSON.parse(Buffer.concat(chunks).toString())
    if (!heardAt.has(data.eventId)) heardAt.set(data.eventId, at)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, heardAt, close: () => server.close() }
}

/** The whole program in a process of its own, as a user runs it, over an empty data folder. */
async function startTocsin(hookUrl: string) {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-alarm-'))
  const store = await openEmbeddedStore({ dir: join(dir, 'data'), clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, Date.now())
  await registry.promote(version, 'champion', 'the bench')
  await store.close()
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const hook = `{kind: webhook, url: "${hookUrl}", secret: "${secret}"}`
  const config = `detector: ${detector}\ndataDir: data\nweb: {port: 0}\noutbound: {allow: [loopback]}\nnotify: {hook: ${hook}}\n`
  await writeFile(join(dir, 'tocsin.yaml'), config)
  const child = spawn(process.execPath, [bin, 'up', '--log-level', 'warn'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += chunk
    if (/console http/.test(printed)) break
  }
  const url = /console (http:\S+?)\/ /.exec(printed)?.[1]
  if (!url) throw new Error(`no address in: ${printed}`)
  return {
    url,
    /** Seconds of processor time that it has used (Linux); NaN elsewhere. */
    cpuSeconds: async () => {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '')
      const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
      return ((user ?? Number.NaN) + (system ?? Number.NaN)) / ticksPerSecond
    },
    stop: async () => {
      child.kill('SIGINT')
      await once(child, 'exit')
      await rm(dir, { recursive: true })
    },
  }
}

type Sent = { readonly scheduledAt: number; readonly acceptedAt: number }

/** Posts a batch; resolves with when the answer came. */
function post(url: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      const at = performance.now()
      answer.resume()
      if (answer.statusCode === 202) resolve(at)
      else reject(new Error(`answered ${answer.statusCode}`))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Sends by the clock, whatever the answers do: a late answer makes no event come later (no coordinated omission). */
async function send(url: string, heldMs: number): Promise<Map<string, Sent>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const alerting = new Map<string, Sent>()
  const answers: Promise<void>[] = []
  const start = performance.now()
  const time = new Date().toISOString()
  const batches = Math.floor(heldMs / everyMs)
  for (let number = 0; number < batches; number++) {
    const scheduledAt = start + number * everyMs
    const waitMs = scheduledAt - performance.now()
    if (waitMs > 0) await pause(waitMs)
    const ids: string[] = []
    const events = Array.from({ length: batch }, (_, i) => {
      const id = `e${start.toFixed(0)}-${number * batch + i}`
      const isAlert = (number * batch + i) % alertEvery === 7
      if (isAlert) ids.push(id)
      return payment(id, isAlert ? 900 : 20, time)
    })
    answers.push(
      post(url, JSON.stringify(events), agent).then((acceptedAt) => {
        for (const id of ids) alerting.set(id, { scheduledAt, acceptedAt })
      }),
    )
  }
  await Promise.all(answers)
  agent.destroy()
  return alerting
}

/** How long the disk takes to keep a small write, ms: what no program that answers for durability can be faster than. */
async function durableWrites(): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-disk-'))
  const file = await open(join(dir, 'log'), 'w')
  const took: number[] = []
  for (let i = 0; i < 200; i++) {
    const start = performance.now()
    await file.write(Buffer.alloc(4096))
    await file.datasync()
    took.push(performance.now() - start)
  }
  await file.close()
  await rm(dir, { recursive: true })
  return took.sort((a, b) => a - b)
}

async function run(): Promise<Figure[]> {
  const disk = await durableWrites()
  const hook = await listen()
  const tocsin = await startTocsin(hook.url)
  await send(tocsin.url, warmUpSeconds * 1000)
  const cpuBefore = await tocsin.cpuSeconds()
  const sent = await send(tocsin.url, seconds * 1000)
  const cores = ((await tocsin.cpuSeconds()) - cpuBefore) / seconds
  const waits = performance.now() + 30_000
  while ([...sent.keys()].some((id) => !hook.heardAt.has(id)) && performance.now() < waits) await pause(20)
  await tocsin.stop()
  hook.close()
  const lost = [...sent.keys()].filter((id) => !hook.heardAt.has(id)).length
  const since = (from: keyof Sent) =>
    [...sent]
      .flatMap(([id, one]) => (hook.heardAt.has(id) ? [Math.max(0, hook.heardAt.get(id)! - one[from])] : []))
      .sort((a, b) => a - b)
  const figure = (metric: string, unit: string, value: number): Figure => ({ metric, unit, value })
  const accepted = since('acceptedAt')
  return [
    figure('accepted to heard, p50', 'ms', quantile(accepted, 0.5)),
    figure('accepted to heard, p99', 'ms', quantile(accepted, 0.99)),
    figure('accepted to heard, most', 'ms', accepted.at(-1) ?? Number.NaN),
    figure('due to be sent to heard, p99', 'ms', quantile(since('scheduledAt'), 0.99)),
    figure('processor that Tocsin used', 'cores', cores),
    figure('a durable write of 4 kB by itself, p50', 'ms', quantile(disk, 0.5)),
    figure('a durable write of 4 kB by itself, p99', 'ms', quantile(disk, 0.99)),
    figure('alerts not heard', 'alerts', lost),
    figure('load of the machine (one minute)', 'processes', loadavg()[0]!),
  ]
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

const name = `${perSecond.toLocaleString('en')} events/s, 1 in ${alertEvery} alerts`
const target = {
  name: 'target 100 ms',
  run: async () => [{ metric: 'accepted to heard, p99', unit: 'ms', value: 100 }],
}
const runs = await measure({ name, runs: isQuick ? 1 : 3, subjects: [{ name: 'tocsin', run }, target] })
const pairs = [{ of: 'tocsin', to: 'target 100 ms', metric: 'accepted to heard, p99', target: '<= 1' }]
const notes = [
  `One process (\`tocsin up\`, embedded stream and store, one partition) and this generator with the webhook's server share the machine; ${seconds} s a run after ${warmUpSeconds} s of warm-up.`,
  'Requests of 100 events every 10 ms by the clock, whatever the answers do. "Accepted" is when the answer 202 came, with the events on the disk.',
  ...(loadavg()[0]! > 2 * availableParallelism()
    ? ['The machine was busy with other work: these figures are not to be quoted.']
    : []),
  'The model is a small one of the tests: what is measured is the way from the stream to the webhook, not the predictor.',
]
await publish(
  { bench: 'alarm', runs: isQuick ? 1 : 3, results: summarise(runs), ratios: ratios(runs, pairs), notes },
  { isQuick },
)

// A configuration and an artifact in (as files), a running Tocsin out: every role in this process; tells its parent each second what was decided, and when alerts came.

import { readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { startSystem } from '../../src/app/system.ts'
import { parseConfig } from '../../src/config.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { credential, detector } from './detector.ts'

export type Told = {
  readonly url?: string
  readonly decided: number
  readonly deadLetters: number
  /** Of each alert in the outbox: ms since its event was due. */
  readonly latencies: readonly number[]
  readonly cpuUs: number
  readonly rssMb: number
  /** Of the thread that takes events in. */
  readonly heapMb: number
}

const [dir, artifactFile, partitions = '1'] = process.argv.slice(2) as [string, string, string?]

const store = await openEmbeddedStore({ dir, clock: systemClock })
const registry = openRegistry({ store, detector })
const { version } = await registry.register(JSON.parse(await readFile(artifactFile, 'utf8')), Date.now())
await registry.promote(version, 'champion', 'bench')
await store.close()

const config = parseConfig({
  ...{ detector, dataDir: dir, web: { port: 0, awsCredentials: [credential] } },
  // Of a soak half an hour would not fit on every disk.
  stream: { partitions: Number(partitions), keepMegabytes: 4000 },
  events: { id: 'id', time: { column: 'time', unit: 'ms' }, entity: 'card', label: 'y' },
  notify: { inbox: { kind: 'inbox' } },
})
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const system = await startSystem({ config, console: nowhere, logLevel: 'warn' })

let latencies: number[] = []
system.store.onNews(({ alertIds }) => {
  const now = performance.timeOrigin + performance.now()
  for (const id of alertIds) void system.store.alert(id).then((alert) => alert && latencies.push(now - alert.eventTime))
})
const tell = async (more: Partial<Told> = {}) => {
  if (!process.connected) return
  const { user, system: inKernel } = process.cpuUsage()
  const { events: decided, deadLetters } = await system.store.totals(detector)
  const { rss, heapUsed } = process.memoryUsage()
  const told: Told = {
    ...{ decided, deadLetters, latencies, cpuUs: user + inKernel },
    ...{ rssMb: rss / 1e6, heapMb: heapUsed / 1e6, ...more },
  }
  latencies = []
  // The parent may be gone by the time it would be sent.
  process.send?.(told, undefined, {}, () => {})
}
await tell({ url: system.url })
const telling = setInterval(tell, 50)
process.once('disconnect', async () => {
  clearInterval(telling)
  await system.stop()
  process.exit()
})

// Which stream and which store in, both open and empty, with a clock for those who use them, out; and what can befall them.

import { copyFileSync, existsSync, mkdtempSync, statSync, truncateSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, ManualClock, systemClock } from '../../src/core/clock.ts'
import { Random } from '../../src/core/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openPostgresStore } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { openKafkaStream } from '../../src/stream/kafka.ts'
import { openNatsStream } from '../../src/stream/nats.ts'
import type { Stream } from '../../src/stream/stream.ts'
import { now } from '../simulate/world.ts'
import type { Servers } from './servers.ts'

export type StreamKind = 'embedded' | 'kafka' | 'nats'
export type StoreKind = 'sqlite' | 'postgres'

export type Scene = {
  stream: Stream
  store: Store
  readonly clock: Clock
  /** Lets time pass, and what waits for a disk or a server go on. */
  pass(): Promise<void>
  /** A server falls and comes back with what it had acknowledged; absent where there is none. */
  restart?(): Promise<void>
  /** The machine loses its power while `writing` is written: what had been answered is kept, the rest as far as the seed says. */
  tear?(file: 'stream' | 'store', random: Random, writing: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** So many times faster than the wall's, where real servers take part: the first retry of a message comes after 5 s. */
const haste = 50

export async function openScene(
  kinds: { readonly stream: StreamKind; readonly store: StoreKind },
  partitions: number,
  servers: Servers,
): Promise<Scene> {
  const isManual = kinds.stream === 'embedded' && kinds.store === 'sqlite'
  if (isManual) return openManual(partitions)
  const clock = hastyClock()
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-torture-'))
  const [stream, restartStream] = await openStream(kinds.stream, { dir, partitions, servers })
  const [store, restartStore] = await openStore(kinds.store, { dir, clock, servers })
  const restart = restartStream ?? restartStore
  return {
    ...{ stream, store, clock, pass: () => systemClock.sleep(4), ...(restart && { restart }) },
    close: async () => {
      await stream.close()
      await store.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

type Restart = (() => Promise<void>) | undefined

async function openStream(
  kind: StreamKind,
  { dir, partitions, servers }: { dir: string; partitions: number; servers: Servers },
): Promise<[Stream, Restart]> {
  const clock = systemClock
  if (kind === 'embedded') return [await openEmbeddedStream({ dir, partitions, clock }), undefined]
  const server = await servers[kind]()
  const restart = async () => {
    await server.stop('SIGKILL')
    await server.start()
  }
  const name = servers.freshName()
  const rest = { partitions, replicas: 1, sessionTimeoutMs: 3000, clock }
  if ('broker' in server)
    return [await openKafkaStream({ brokers: [server.broker], topic: name, group: name, ...rest }), restart]
  return [await openNatsStream({ servers: [server.server], name, ...rest }), restart]
}

async function openStore(
  kind: StoreKind,
  { dir, clock, servers }: { dir: string; clock: Clock; servers: Servers },
): Promise<[Store, Restart]> {
  const patient = { now: () => clock.now(), sleep: systemClock.sleep }
  if (kind === 'sqlite') return [await openEmbeddedStore({ dir, clock: patient }), undefined]
  const server = await servers.postgres()
  const restart = async () => {
    await server.stop('immediate')
    await server.start()
  }
  const options = { url: server.url, schema: servers.freshName(), clock: patient, random: new Random(1) }
  return [await openPostgresStore(options), restart]
}

function hastyClock(): Clock {
  const began = performance.now()
  return {
    now: () => now + Math.round((performance.now() - began) * haste),
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / haste, signal),
  }
}

// — both embedded: one process, one thread, a clock that stands until it is moved —

async function openManual(partitions: number): Promise<Scene> {
  const clock = new ManualClock(now)
  const dirs: string[] = []
  const freshDir = () => {
    dirs.push(mkdtempSync(join(tmpdir(), 'tocsin-torture-')))
    return dirs.at(-1)!
  }
  const open = async (dir: string) => ({
    stream: await openEmbeddedStream({ dir, partitions, clock }),
    store: await openEmbeddedStore({ dir, clock }),
  })
  const close = async () => {
    await scene.stream.close()
    await scene.store.close()
  }
  const scene: Scene = {
    ...(await open(freshDir())),
    clock,
    pass: () => clock.advance(250),
    tear: async (file, random, writing) => {
      const from = dirs.at(-1)!
      const answered = logBytes(from, file)
      await writing()
      const to = freshDir()
      for (const name of ['stream', 'store'] as const) copyDatabase(name, from, to)
      // Behind what was answered the disk may hold any part of what was being written.
      const written = logBytes(to, file)
      if (written > answered) truncateSync(logOf(to, file), answered + random.below(written - answered))
      await close()
      Object.assign(scene, await open(to))
    },
    close: async () => {
      await close()
      for (const dir of dirs) await rm(dir, { recursive: true })
    },
  }
  return scene
}

const logOf = (dir: string, name: string) => join(dir, `${name}.db-wal`)
const logBytes = (dir: string, name: string) => (existsSync(logOf(dir, name)) ? statSync(logOf(dir, name)).size : 0)

function copyDatabase(name: string, from: string, to: string): void {
  copyFileSync(join(from, `${name}.db`), join(to, `${name}.db`))
  if (existsSync(logOf(from, name))) copyFileSync(logOf(from, name), logOf(to, name))
}

// Nothing in, a real NATS server with JetStream out: on a free port of loopback, its data in a temporary folder.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Found, findProgram, freePorts, startProcess, stopProcess } from './server.ts'

export type NatsServer = {
  /** `127.0.0.1:port` */
  readonly server: string
  /** Ends the server: in order, or as a power cut would. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  destroy(): Promise<void>
}

export function findNats(): Found {
  return findProgram('nats-server')
}

/** Starts a server. Throws where `findNats` says that there is none. */
export async function startNats(): Promise<NatsServer> {
  const found = findNats()
  if ('missing' in found) throw new Error(found.missing)
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-nats-'))
  const [port] = (await freePorts(1)) as [number]
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dir]
  const launch = () => startProcess(found.path, args, { port, timeoutMs: 20_000 })
  let server = await launch()
  return {
    server: `127.0.0.1:${port}`,
    stop: (signal = 'SIGTERM') => stopProcess(server, signal),
    start: async () => {
      server = await launch()
    },
    destroy: async () => {
      await stopProcess(server, 'SIGKILL')
      await rm(dir, { recursive: true })
    },
  }
}

// Names of servers in, each started when it is first asked for, and all of them ended together, out.

import { findKafka, type KafkaServer, startKafka } from '../rig/servers/kafka.ts'
import { findNats, type NatsServer, startNats } from '../rig/servers/nats.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../rig/servers/postgres.ts'
import type { Found } from '../rig/servers/server.ts'

export type ServerName = 'kafka' | 'nats' | 'postgres'

export type Servers = {
  kafka(): Promise<KafkaServer>
  nats(): Promise<NatsServer>
  postgres(): Promise<PostgresServer>
  /** A topic, stream or schema that no run before has used. */
  freshName(): string
  destroy(): Promise<void>
}

const finders: Record<ServerName, () => Found | Promise<Found>> = {
  kafka: findKafka,
  nats: findNats,
  postgres: findPostgres,
}

/** Why a server cannot be had here; undefined where it can. */
export async function missing(name: ServerName): Promise<string | undefined> {
  const found = await finders[name]()
  return 'missing' in found ? found.missing : undefined
}

export function openServers(): Servers {
  const started: Promise<{ destroy(): Promise<void> }>[] = []
  let names = 0
  const once = <T extends { destroy(): Promise<void> }>(start: () => Promise<T>) => {
    let server: Promise<T> | undefined
    return () => {
      if (server === undefined) {
        server = start()
        started.push(server)
      }
      return server
    }
  }
  return {
    kafka: once(startKafka),
    nats: once(startNats),
    postgres: once(async () => {
      const found = await findPostgres()
      if ('missing' in found) throw new Error(found.missing)
      return startPostgres(found)
    }),
    freshName: () => `torture_${names++}`,
    destroy: async () => {
      for (const server of started) await (await server).destroy()
    },
  }
}

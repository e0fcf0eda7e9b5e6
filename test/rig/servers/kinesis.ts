// Nothing in, one of the two emulators of Kinesis that npm ships out: in a process of its own, on a free port of loopback.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts, startProcess, stopProcess } from './server.ts'

export type KinesisEmulator = {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string
  destroy(): Promise<void>
}

const folderOf = (name: string) => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)))

/** The fast one: LevelDB in memory. */
export async function startKinesalite(): Promise<KinesisEmulator> {
  const [port] = (await freePorts(1)) as [number]
  const args = ['--port', String(port), '--createStreamMs', '0', '--updateStreamMs', '0', '--shardLimit', '1000']
  return emulator(port, [join(folderOf('kinesalite'), 'cli.js'), ...args], {})
}

/** The faithful one; it must be started in its own folder. */
export async function startKinesisLocal(): Promise<KinesisEmulator> {
  const [port, tlsPort] = (await freePorts(2)) as [number, number]
  const cwd = folderOf('kinesis-local')
  const durations = Object.fromEntries(
    ['CREATE_STREAM', 'DELETE_STREAM', 'SPLIT_SHARD', 'MERGE_SHARDS'].map((name) => [`${name}_DURATION`, '1ms']),
  )
  const ports = { KINESIS_MOCK_PLAIN_PORT: String(port), KINESIS_MOCK_TLS_PORT: String(tlsPort) }
  const env = { ...process.env, ...ports, ...durations, SHARD_LIMIT: '1000', LOG_LEVEL: 'ERROR' }
  return emulator(port, [join(cwd, 'main.js')], { cwd, env })
}

async function emulator(
  port: number,
  args: readonly string[],
  place: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<KinesisEmulator> {
  const child = await startProcess(process.execPath, args, { port, timeoutMs: 30_000, ...place })
  return { endpoint: `http://127.0.0.1:${port}`, destroy: () => stopProcess(child, 'SIGKILL') }
}

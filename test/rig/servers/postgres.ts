// Nothing in, a PostgreSQL server of its own out: on a free port of loopback, in a temporary folder, gone when stopped.

import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Found, freePorts } from './server.ts'

const run = promisify(execFile)
const debianDir = '/usr/lib/postgresql'

export type PostgresServer = {
  readonly url: string
  /** `immediate`: as a crash; what was committed is there again after `start`. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  /** Stops, and removes its data. */
  destroy(): Promise<void>
}

/** The folder of the server's programs, or why there is none. */
export async function findPostgres(): Promise<Found> {
  const versions = await readdir(debianDir).catch((): string[] => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest === undefined)
    return { missing: `needs PostgreSQL (scripts/install-servers.sh), which is not in ${debianDir}` }
  return { path: join(debianDir, newest, 'bin') }
}

/** Commits wait for the disk only with `isDurable`; without, a killed server still loses nothing, a lost machine would. */
export async function startPostgres(options: {
  readonly path: string
  readonly isDurable?: boolean
}): Promise<PostgresServer> {
  const user = await serverUser()
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-postgres-'))
  if (user) await chown(dir, user.uid, user.gid)
  const program = async (name: string, ...args: string[]) => {
    await run(join(options.path, name), args, { cwd: dir, ...user, env: { PATH: process.env.PATH, LC_ALL: 'C' } })
  }
  const data = join(dir, 'data')
  await program('initdb', '-D', data, '-U', 'tocsin', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync')
  const [port] = await freePorts(1)
  const fsync = options.isDurable ? 'on' : 'off'
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=${fsync}`
  const start = () => program('pg_ctl', '-D', data, '-w', '-l', join(dir, 'log'), '-o', settings, 'start')
  const stop = (mode: string) => program('pg_ctl', '-D', data, '-w', '-m', mode, 'stop')
  await start()
  return {
    url: `postgres://tocsin@127.0.0.1:${port}/postgres`,
    start,
    stop,
    destroy: async () => {
      await stop('immediate').catch(() => undefined)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, or as nobody. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined
  const idOf = async (option: string, name: string) => Number((await run('id', [option, name])).stdout)
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: await idOf('-u', name), gid: await idOf('-g', name) }
    } catch {}
  }
  throw new TypeError('root cannot run PostgreSQL, and there is no user postgres or nobody')
}

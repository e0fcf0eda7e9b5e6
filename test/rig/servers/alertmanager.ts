// Nothing in, a Prometheus Alertmanager of this machine on a free port out, in a temporary folder, until it is stopped.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Found, findProgram, freePorts, startProcess, stopProcess } from './server.ts'

export type Alertmanager = { readonly url: string; stop(): Promise<void> }

export function findAlertmanager(): Found {
  return findProgram('prometheus-alertmanager')
}

/** Throws where `findAlertmanager` says that there is none. */
export async function startAlertmanager(): Promise<Alertmanager> {
  const found = findAlertmanager()
  if ('missing' in found) throw new Error(found.missing)
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-alertmanager-'))
  await writeFile(join(dir, 'alertmanager.yml'), 'route: {receiver: none}\nreceivers: [{name: none}]\n')
  const [port] = (await freePorts(1)) as [number]
  const args = [
    ...[`--config.file=${dir}/alertmanager.yml`, `--storage.path=${dir}`, `--web.listen-address=127.0.0.1:${port}`],
    ...['--cluster.listen-address=', '--log.level=error'],
  ]
  const server = await startProcess(found.path, args, { port, timeoutMs: 20_000 })
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await stopProcess(server, 'SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

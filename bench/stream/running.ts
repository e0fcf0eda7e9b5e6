// A detector in, a running Tocsin in a process of its own out: what it has decided so far, how late its alerts came, what it costs.

import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Detector } from './detector.ts'
import type { Told } from './system.ts'

export type Running = {
  readonly url: string
  readonly told: () => Told
  readonly latencies: number[]
  stop(): Promise<void>
}

/** `profileDir`: where its process leaves a CPU profile when it ends. */
export async function startTocsin({ artifact }: Detector, profileDir?: string): Promise<Running> {
  const execArgv = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  const file = join(dir, 'artifact.json')
  await writeFile(file, JSON.stringify(artifact))
  const child = fork(fileURLToPath(new URL('./system.ts', import.meta.url)), [join(dir, 'data'), file], {
    execArgv,
  })
  let told: Told | undefined
  const latencies: number[] = []
  child.on('message', (message: Told) => {
    told = { ...told, ...message }
    latencies.push(...message.latencies)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while (told?.url === undefined) await sleep(20)
  return {
    url: told.url,
    told: () => told!,
    latencies,
    stop: async () => {
      child.disconnect()
      await ended
      await rm(dir, { recursive: true })
    },
  }
}

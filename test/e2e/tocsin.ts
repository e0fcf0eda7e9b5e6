// Starts the command line as a user would: arguments in, output and exit code out.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished, type TestContext } from 'vitest'

const bin = resolve(import.meta.dirname, '../../bin/tocsin.js')

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string }

export type Running = {
  /** Resolves with the first match in the output so far or to come; rejects when the process ends before. */
  sees(pattern: RegExp): Promise<RegExpExecArray>
  readonly process: ChildProcess
  readonly finished: Promise<Finished>
}

/** A folder of the test's own, removed when the test (or file, where `keep`) is over. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-e2e-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

export function startTocsin(args: readonly string[], cwd: string): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  const hear = () => {
    for (const look of waiting) look()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
    hear()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk
    hear()
  })
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  const sees = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((found, fail) => {
      const look = () => {
        const match = pattern.exec(out) ?? pattern.exec(err)
        if (!match) return
        waiting.delete(look)
        found(match)
      }
      waiting.add(look)
      void finished.then(({ code }) => fail(new Error(`ended with ${code} before ${pattern}:\n${out}\n${err}`)))
      look()
    })
  return { sees, process: child, finished }
}

export function runTocsin(args: readonly string[], cwd: string): Promise<Finished> {
  return startTocsin(args, cwd).finished
}

/** Stops it as Ctrl-C would. */
export async function stop({ process: child, finished }: Running): Promise<Finished> {
  child.kill('SIGINT')
  return finished
}

/** A file of the shared data, or undefined (with the reason printed by the skip) where the machine has none. */
export function sharedData(context: TestContext, name: string): string {
  const path = resolve(import.meta.dirname, '../../../shared/data', name)
  if (!existsSync(path)) context.skip(`needs ${name} of the shared data, which is not on this machine`)
  return path
}

/** The machine's Chromium. */
export function chromiumPath(context: TestContext): string {
  const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  if (path === undefined)
    context.skip('needs Chromium (Debian: apt-get install chromium), which is not on this machine')
  return path!
}

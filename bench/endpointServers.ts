// A subject's name and port in, that server started as a process of its own out: ours, the limit, and the usual ones of Python.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type Server = { readonly name: string; readonly port: number; readonly path: string; stop(): Promise<void> }

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const python = here('./.rivals/bin/python')

type Start = { readonly command: string; readonly args: readonly string[]; readonly path: string }

/** What can run here; the others' reasons are printed. */
export function servers(files: {
  readonly model: string
  readonly xgboost: string
}): Record<string, (port: number) => Start> {
  const node = process.execPath
  const ours = (port: number): Start => ({
    ...{ command: node, path: '/invocations' },
    args: [here('../bin/tocsin.js'), 'serve', files.model, '--port', String(port), '--log-level', 'error'],
  })
  const limit = (port: number): Start => ({
    command: node,
    args: [here('./endpointLimit.ts'), String(port)],
    path: '/',
  })
  if (!existsSync(python)) {
    console.error('no rivals: bench/.rivals is missing; npm run bench:predict makes it')
    return { tocsin: ours, 'node:http, a constant': limit }
  }
  const asgi = ['-m', 'uvicorn', 'endpoint_fastapi:app', '--log-level', 'error', '--app-dir', here('.')]
  const fastapi = (port: number): Start => ({
    ...{ command: python, path: '/invocations' },
    args: [...asgi, '--port', String(port)],
  })
  return { tocsin: ours, 'node:http, a constant': limit, 'FastAPI + XGBoost': fastapi }
}

/** Resolves when it answers. */
export async function start(
  name: string,
  { command, args, path }: Start,
  port: number,
  model: string,
): Promise<Server> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, MODEL: model } })
  const url = `http://127.0.0.1:${port}${path}`
  for (let tries = 0; ; tries++) {
    if (tries === 300 || child.exitCode !== null) throw new Error(`${name} does not answer at ${url}`)
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      break
    await sleep(100)
  }
  return { name, port, path, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

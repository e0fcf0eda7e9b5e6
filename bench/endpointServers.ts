// A model's files in, the servers that can run here out, each a process that answers: ours, the least that Node does, and the usual ones of Python.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A row's values as text, e.g. `1.5,0`. */
export type Row = string
type Body = (rows: readonly Row[]) => string
type Form = { readonly contentType: string; readonly body: Body }

export type Kind = {
  readonly name: string
  readonly path: string
  readonly json: Form
  /** Absent where it reads none. */
  readonly csv?: Form
  /** Says 200 when it can answer; where absent, the path itself says anything. */
  readonly ready?: string
  readonly start: (port: number) => Promise<ChildProcess>
}

export type Server = Omit<Kind, 'start'> & {
  readonly port: number
  /** Processor seconds and bytes of memory of it and its children so far; NaN where the system does not tell. */
  usage(): { readonly cpuS: number; readonly bytes: number }
  stop(): Promise<void>
}

export type Files = { readonly dir: string; readonly model: string; readonly xgboost: string }

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const run = promisify(execFile)
const json = 'application/json'

const instances: Form = {
  contentType: json,
  body: (rows) => `{"instances":[${rows.map((row) => `{"features":[${row}]}`).join(',')}]}`,
}
const csv: Form = { contentType: 'text/csv', body: (rows) => rows.join('\n') }
const tensor: Form = {
  contentType: json,
  body: (rows) =>
    `{"inputs":[{"name":"x","shape":[${rows.length},${rows[0]!.split(',').length}],"datatype":"FP32","data":[${rows.join(',')}]}]}`,
}
const matrix: Form = { contentType: json, body: (rows) => `{"rows":[${rows.map((row) => `[${row}]`).join(',')}]}` }

function started(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): ChildProcess {
  const all = { ...process.env, ...env }
  return spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: all, ...(cwd ? { cwd } : {}) })
}

export function tocsin({ model }: Files, processes = 1): Kind {
  const args = [here('../bin/tocsin.js'), 'serve', model, '--log-level', 'error', '--workers', String(processes)]
  return {
    ...{ name: processes === 1 ? 'tocsin' : `tocsin, ${processes} processes`, path: '/invocations' },
    ...{ json: instances, csv },
    start: async (port) => started(process.execPath, [...args, '--port', String(port)]),
  }
}

export const limit: Kind = {
  ...{ name: 'node:http, a constant', path: '/', json: instances },
  start: async (port) => started(process.execPath, [here('./endpointLimit.ts'), String(port)]),
}

/** Python's, each in a virtual environment of its own; those that can't be had are told. */
export async function rivalKinds(files: Files): Promise<{ kinds: Kind[]; notes: string[] }> {
  const kinds: Kind[] = []
  const notes: string[] = []
  for (const { folder, packages, version, kind } of [fastapi(files), mlserver(files), bentoml(files)])
    try {
      const python = await environment(folder, packages)
      const { stdout } = await run(python, [
        '-c',
        `from importlib.metadata import version; print(version('${version}'))`,
      ])
      kinds.push({ ...kind, start: (port) => kind.start(port, python) })
      notes.push(`${kind.name}: ${version} ${stdout.trim()}.`)
    } catch (error) {
      notes.push(`${kind.name} could not be had: ${(error as Error).message.split('\n')[0]}`)
    }
  return { kinds, notes }
}

type Rival = {
  /** Of its environment. */
  readonly folder: string
  readonly packages: readonly string[]
  /** Package whose version is told. */
  readonly version: string
  readonly kind: Omit<Kind, 'start'> & { start(port: number, python: string): Promise<ChildProcess> }
}

function fastapi({ xgboost }: Files): Rival {
  const args = ['-m', 'uvicorn', 'endpoint_fastapi:app', '--log-level', 'error', '--app-dir', here('.')]
  return {
    ...{ folder: '.rivals', packages: ['fastapi', 'uvicorn[standard]', 'xgboost'], version: 'fastapi' },
    kind: {
      ...{ name: 'FastAPI + XGBoost', path: '/invocations', json: instances, csv },
      start: async (port, python) => started(python, [...args, '--port', String(port)], { MODEL: xgboost }),
    },
  }
}

function mlserver({ dir, xgboost }: Files): Rival {
  const start = async (port: number, python: string) => {
    const folder = join(dir, 'mlserver')
    await mkdir(folder, { recursive: true })
    await copyFile(xgboost, join(folder, 'model.json'))
    const settings = { http_port: port, grpc_port: port + 1, metrics_port: port + 2, parallel_workers: 0 }
    const model = {
      name: 'bench',
      implementation: 'mlserver_xgboost.XGBoostModel',
      parameters: { uri: './model.json' },
    }
    await writeFile(
      join(folder, 'settings.json'),
      JSON.stringify({ ...settings, debug: false, metrics_endpoint: null }),
    )
    await writeFile(join(folder, 'model-settings.json'), JSON.stringify(model))
    return started(python.replace(/python$/, 'mlserver'), ['start', folder])
  }
  return {
    ...{ folder: '.rivals/mlserver', packages: ['mlserver', 'mlserver-xgboost'], version: 'mlserver' },
    kind: { name: 'MLServer', path: '/v2/models/bench/infer', ready: '/v2/models/bench/ready', json: tensor, start },
  }
}

function bentoml({ dir, xgboost }: Files): Rival {
  return {
    ...{ folder: '.rivals/bentoml', packages: ['bentoml', 'xgboost'], version: 'bentoml' },
    kind: {
      ...{ name: 'BentoML', path: '/predict', ready: '/readyz', json: matrix },
      start: async (port, python) => {
        const env = { MODEL: xgboost, BENTOML_HOME: join(dir, 'bentoml'), BENTOML_DO_NOT_TRACK: 'True' }
        const args = ['serve', 'endpoint_bentoml:Endpoint', '--port', String(port), '--working-dir', here('.')]
        return started(python.replace(/python$/, 'bentoml'), args, env)
      },
    },
  }
}

async function environment(name: string, packages: readonly string[]): Promise<string> {
  const folder = here(`./${name}`)
  const python = join(folder, 'bin', 'python')
  const imports = packages.map((one) => one.replace(/\[.*/, '').replace('-', '_')).join(', ')
  if (await run(python, ['-c', `import ${imports}`]).then(Boolean, () => false)) return python
  console.error(`installing ${packages.join(', ')} under bench/.rivals …`)
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 300_000 })
  return python
}

/** Resolves when it answers. */
export async function start({ start: startAt, ...kind }: Kind, port: number): Promise<Server> {
  const child = await startAt(port)
  const url = `http://127.0.0.1:${port}${kind.ready ?? kind.path}`
  for (let tries = 0; !(await isAnswering(url, kind.ready !== undefined)); tries++) {
    if (tries === 600 || child.exitCode !== null) throw new Error(`${kind.name} does not answer at ${url}`)
    await sleep(100)
  }
  return { ...kind, port, usage: () => usageOf(child.pid!), stop: () => end(child) }
}

async function isAnswering(url: string, isCertain: boolean): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  return answer !== undefined && (!isCertain || answer.status === 200)
}

// With SIGTERM those that have children end them, too.
async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await closed
  clearTimeout(killer)
}

const ticksPerS = 100
const pageBytes = 4096

function usageOf(pid: number): { cpuS: number; bytes: number } {
  try {
    const after = (text: string) => text.slice(text.lastIndexOf(')') + 2).split(' ')
    const fields = after(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    const own = { cpuS: (Number(fields[11]) + Number(fields[12])) / ticksPerS, bytes: Number(fields[21]) * pageBytes }
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    return children
      .map((child) => usageOf(Number(child)))
      .reduce((sum, one) => ({ cpuS: sum.cpuS + one.cpuS, bytes: sum.bytes + one.bytes }), own)
  } catch {
    return { cpuS: Number.NaN, bytes: Number.NaN }
  }
}

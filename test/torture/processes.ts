// The simulations that kill real processes and real servers, each run by vitest with a seed of its own, as cases of the matrix.

import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Case } from './cases.ts'

const root = resolve(import.meta.dirname, '../..')
const vitest = resolve(root, 'node_modules/vitest/vitest.mjs')
/** A run that takes longer is ended, ms. */
const limitMs = 6 * 60_000
const kills = 6

type Simulation = Pick<Case, 'share' | 'needs'> & { readonly file: string }

const simulations: Record<string, Simulation> = {
  [`processes, embedded + sqlite: tocsin up killed ${kills} times`]: {
    ...{ file: 'test/simulate/kill.test.ts', share: 1, needs: [] },
  },
  [`processes, embedded + postgres: a role, or the database, killed ${kills} times`]: {
    ...{ file: 'test/simulate/roles.test.ts', share: 1, needs: ['postgres'] },
  },
  'processes, kafka + sqlite: workers join, leave and are killed; the broker is killed': {
    ...{ file: 'test/simulate/kafka.test.ts', share: 0.4, needs: ['kafka'] },
  },
  'processes, sqlite: the notifier killed at each step of a delivery': {
    ...{ file: 'test/simulate/delivery.test.ts', share: 0.4, needs: [] },
  },
  'processes, embedded: who appends is killed': {
    ...{ file: 'test/contract/stream-crash.test.ts', share: 0.6, needs: [] },
  },
  'processes, sqlite: who commits is killed': {
    ...{ file: 'test/contract/store-crash.test.ts', share: 0.6, needs: [] },
  },
}

export const processes: readonly Case[] = Object.entries(simulations).map(([name, { file, share, needs }]) => ({
  ...{ name, share, needs },
  isExact: false,
  run: async (seed) => {
    const { code, printed } = await runTest(file, seed)
    if (code !== 0) throw new Error(`${file} failed with TOCSIN_SEED=${seed}:\n${printed.slice(-4000)}`)
    const said = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(printed)?.[1] ?? 0)
    const [messages, calls] = [said('messages'), said('(?:webhook )?calls')]
    return { lost: 0, doubled: 0, problems: [], faults: said('kills'), events: said('events'), messages, calls }
  },
}))

function runTest(file: string, seed: number): Promise<{ code: number | null; printed: string }> {
  const env = { ...process.env, TOCSIN_SEED: String(seed), TOCSIN_KILLS: String(kills), TOCSIN_REQUIRE_ALL: '1' }
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [vitest, 'run', file], { cwd: root, env, stdio: [...stdio], timeout: limitMs })
  let printed = ''
  for (const output of [child.stdout, child.stderr])
    output?.on('data', (chunk: Buffer) => {
      printed += chunk
    })
  return new Promise((done) => child.once('close', (code) => done({ code, printed })))
}

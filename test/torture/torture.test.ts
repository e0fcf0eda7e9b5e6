// Sixty seeds of the torture's matrix, those that need no server; `npm run torture` plays five hundred, with servers and processes.

import { afterAll, expect, test } from 'vitest'
import { stories } from './cases.ts'
import { commandOf, deal } from './deal.ts'
import { openServers } from './servers.ts'

const from = Number(process.env.TOCSIN_SEED ?? 20261122)
const servers = openServers()
afterAll(() => servers.destroy())

const exact = stories.filter(({ isExact }) => isExact)
const runs = Map.groupBy(deal(exact, { seeds: 60, from }), (run) => run.case.name)

test.each([...runs])('%s: nothing is lost, nothing doubled', { timeout: 90_000 }, async (name, mine) => {
  let faults = 0
  for (const run of mine) {
    const told = await run.case.run(run.seed, servers)
    expect(told.problems, commandOf(run)).toEqual([])
    faults += told.faults
  }
  console.log(`${name}: seeds ${mine[0]!.seed} to ${mine.at(-1)!.seed}, ${faults} faults`)
  // Without faults it would show nothing.
  expect(faults).toBeGreaterThan(2 * mine.length)
})

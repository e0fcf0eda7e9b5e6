// Seeds over a matrix of faults, streams and stores in; what was lost or doubled, by case, out: `npm run torture [-- --seeds N --seed S --from S --cases name]`.
//
// A failing seed prints the command that plays it again. Ends by itself, with 1 where anything failed.

import { parseArgs } from 'node:util'
import { type Case, stories } from '../test/torture/cases.ts'
import { commandOf, deal, type Run } from '../test/torture/deal.ts'
import { processes } from '../test/torture/processes.ts'
import { missing, openServers } from '../test/torture/servers.ts'
import type { Told } from '../test/torture/story.ts'
import { publish, type Result } from './harness.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    /** One seed alone: needs --cases. */
    seed: { type: 'string' },
    /** The first seed; new ones for each run unless it is named. */
    from: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    /** Part of the names of cases. */
    cases: { type: 'string', default: '' },
  },
})

type Score = { -readonly [K in keyof Omit<Told, 'problems'>]: number } & { seeds: number; failed: number }

async function chosenCases(): Promise<{ cases: readonly Case[]; notes: readonly string[] }> {
  const named = [...stories, ...processes].filter(({ name }) => name.includes(values.cases))
  if (named.length === 0) throw new Error(`no case's name has "${values.cases}" in it`)
  const notes: string[] = []
  const cases: Case[] = []
  for (const one of named) {
    const reasons = (await Promise.all(one.needs.map(missing))).filter((reason) => reason !== undefined)
    if (reasons.length > 0) notes.push(`Left out: ${one.name} (${reasons.join('; ')}).`)
    else cases.push(one)
  }
  return { cases, notes }
}

function runsOf(cases: readonly Case[]): Run[] {
  if (values.seed === undefined) return deal(cases, { seeds: Number(values.seeds), from: Number(values.from) })
  return cases.map((one) => ({ case: one, seed: Number(values.seed) }))
}

const scores = new Map<string, Score>()
const scoreOf = (name: string): Score => {
  const score = scores.get(name) ?? {
    ...{ seeds: 0, faults: 0, events: 0, messages: 0, calls: 0, lost: 0, doubled: 0, failed: 0 },
  }
  scores.set(name, score)
  return score
}

async function playOne(run: Run): Promise<readonly string[]> {
  const score = scoreOf(run.case.name)
  score.seeds++
  try {
    const { problems, ...told } = await run.case.run(run.seed, servers)
    for (const [key, value] of Object.entries(told)) score[key as keyof typeof told] += value
    return problems
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

const { cases, notes } = await chosenCases()
const runs = runsOf(cases)
const servers = openServers()
// PostgreSQL goes on by itself where nobody ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void servers.destroy().finally(() => process.exit(130)))
const startedAt = performance.now()
const seconds = () => Math.round((performance.now() - startedAt) / 1000)
console.log(`${runs.length} seeds from ${runs[0]!.seed} on, ${cases.length} cases`)
const failed: Run[] = []
for (const [i, run] of runs.entries()) {
  const problems = await playOne(run)
  if (problems.length > 0) {
    failed.push(run)
    scoreOf(run.case.name).failed++
    console.log(`✘ ${run.case.name}, seed ${run.seed}\n${problems.join('\n')}\n  again: ${commandOf(run)}`)
  }
  if (runs[i + 1]?.case !== run.case)
    console.log(`${i + 1}/${runs.length} ${seconds()} s ${run.case.name}: ${JSON.stringify(scoreOf(run.case.name))}`)
}
await servers.destroy()

const metrics = ['seeds', 'faults', 'lost', 'doubled', 'failed'] as const
const results: Result[] = [...scores].flatMap(([name, score]) =>
  metrics.map((metric) => {
    const value = score[metric]
    return { subject: 'tocsin', case: name, metric, unit: '', min: value, median: value, max: value }
  }),
)
const total = (metric: keyof Score) => [...scores.values()].reduce((sum, score) => sum + score[metric], 0)
const exact = runs.filter(({ case: { isExact } }) => isExact).length
const real = runs.filter(({ case: { name } }) => name.startsWith('processes')).length
const summary =
  `${runs.length} seeds (${runs[0]!.seed} to ${runs.at(-1)!.seed}), ${total('faults')} faults, ` +
  `${total('lost')} lost, ${total('doubled')} doubled, ${failed.length} failed, in ${seconds()} s`
await publish(
  {
    ...{ bench: 'torture', runs: 1, results, ratios: [] },
    notes: [
      `${summary}.`,
      `${exact} seeds in one process on a manual clock over real SQLite files, where a seed gives the same world, faults and moments (how the calls of the roles interleave may differ); ${runs.length - exact - real} in one process with real servers (Kafka, NATS, PostgreSQL); ${real} that kill processes of the whole program.`,
      'Lost: accepted events without a decision, alerts or messages that are missing or were never heard. Doubled: decisions or alerts of one event twice, messages under a second key or with another content under the same.',
      'A full disk is the refusal of the store here; a disk that is really full: `test/contract/store-full-disk.test.ts`.',
      'Failed: any difference from the careful reader (`test/simulate/careful-reader.ts`), or a run that got stuck.',
      ...notes,
    ],
  },
  { isQuick: runs.length < 500 || failed.length > 0 },
)
console.log(summary)
for (const run of failed) console.log(`again: ${commandOf(run)}`)
process.exitCode = failed.length > 0 ? 1 : 0

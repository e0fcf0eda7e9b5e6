// Subjects that take turns in, their figures with spread out: as a Markdown table, bench/results/<name>.md and <name>.json.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'

export type Figure = { readonly metric: string; readonly unit: string; readonly value: number }
/** One subject of one case: each call is one run. */
export type Subject = { readonly name: string; readonly run: () => Promise<readonly Figure[]> }
export type Case = {
  readonly name: string
  readonly runs: number
  readonly subjects: readonly Subject[]
  /** Where a subject takes minutes, an unmeasured round would cost more than it tells. */
  readonly isWarm?: boolean
  /** A round that would not end within so many minutes of the first one's beginning is not begun. */
  readonly minutes?: number
}

export type Result = {
  readonly subject: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly min: number
  readonly median: number
  readonly max: number
}
export type Ratio = {
  readonly name: string
  readonly median: number
  readonly low: number
  readonly high: number
  readonly target: string
}
/** `of` / `to` in one metric, run by run. */
export type Pair = { readonly of: string; readonly to: string; readonly metric: string; readonly target: string }

export type Run = { readonly subject: string; readonly case: string; readonly round: number } & Figure

/** Runs the subjects of a case in turn, A B A B, after one unmeasured round unless told that they are warm. */
export async function measure({ name, runs, subjects, isWarm, minutes = Infinity }: Case): Promise<Run[]> {
  const measured: Run[] = []
  const started = performance.now()
  let longestMs = 0
  for (let round = isWarm ? 0 : -1; round < runs; round++) {
    const startedRound = performance.now()
    if (startedRound + longestMs - started > minutes * 60_000) break
    for (const subject of subjects) {
      const figures = await subject.run()
      if (round >= 0)
        measured.push(...figures.map((figure) => ({ subject: subject.name, case: name, round, ...figure })))
      console.error(`${name}: ${subject.name} ${round < 0 ? 'warm-up' : `run ${round + 1} of ${runs}`}`)
    }
    longestMs = Math.max(longestMs, performance.now() - startedRound)
  }
  return measured
}

export function summarise(runs: readonly Run[]): Result[] {
  const groups = Map.groupBy(runs, ({ subject, case: name, metric, unit }) => [name, subject, metric, unit].join('\n'))
  return [...groups.values()].map((group) => {
    const { subject, case: name, metric, unit } = group[0]!
    return { subject, case: name, metric, unit, ...spread(group.map(({ value }) => value)) }
  })
}

/** Pairwise: the ratio of each round, so that what slows the machine for a while slows both. */
export function ratios(runs: readonly Run[], pairs: readonly Pair[]): Ratio[] {
  const cases = [...new Set(runs.map(({ case: name }) => name))]
  return cases.flatMap((name) =>
    pairs.flatMap(({ of, to, metric, target }) => {
      const values = (subject: string) =>
        runs.filter((run) => run.case === name && run.subject === subject && run.metric === metric)
      const below = new Map(values(to).map(({ round, value }) => [round, value]))
      const each = values(of).flatMap(({ round, value }) => (below.has(round) ? [value / below.get(round)!] : []))
      if (each.length === 0) return []
      const { min, median, max } = spread(each)
      return [{ name: `${of}/${to} ${metric}, ${name}`, median, low: min, high: max, target }]
    }),
  )
}

function spread(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { min: sorted[0]!, median, max: sorted.at(-1)! }
}

export type Report = {
  readonly bench: string
  readonly runs: number
  readonly results: readonly Result[]
  readonly ratios: readonly Ratio[]
  readonly notes: readonly string[]
  /** Each figure of each run, where later commands add runs. */
  readonly measured?: readonly Run[]
}

/** What an earlier command measured, and this one's runs after it. */
export async function appended(bench: string, runs: readonly Run[]): Promise<Run[]> {
  const text = await readFile(new URL(`./results/${bench}.json`, import.meta.url), 'utf8').catch(() => '{}')
  const { measured = [] }: { measured?: Run[] } = JSON.parse(text)
  const first = 1 + measured.reduce((most, { round }) => Math.max(most, round), -1)
  return [...measured, ...runs.map((run) => ({ ...run, round: first + run.round }))]
}

/** Prints the tables; writes bench/results/<bench>.json and .md, or <bench>.quick.* for a smoke run, whose figures are never quoted. */
export async function publish(report: Report, { isQuick }: { isQuick: boolean }): Promise<void> {
  const tables = toMarkdown(report)
  console.log(tables)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.versions.node }
  const folder = new URL('./results/', import.meta.url)
  await mkdir(folder, { recursive: true })
  const { bench, ...rest } = report
  const date = new Date().toISOString().slice(0, 10)
  const text = JSON.stringify({ bench, date, machine, ...rest }, null, 2)
  const file = `${bench}${isQuick ? '.quick' : ''}`
  await writeFile(new URL(`${file}.json`, folder), `${text}\n`)
  const caption = `${date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${rest.runs} runs.`
  await writeFile(new URL(`${file}.md`, folder), `# ${bench}\n\n${caption}\n\n${tables}\n`)
}

function toMarkdown({ results, ratios: pairs, notes }: Report): string {
  const n = (value: number) => (Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(3))
  return [
    '| case | subject | metric | median | min | max | unit |',
    '|---|---|---|---|---|---|---|',
    ...results.map(
      (r) => `| ${r.case} | ${r.subject} | ${r.metric} | ${n(r.median)} | ${n(r.min)} | ${n(r.max)} | ${r.unit} |`,
    ),
    '',
    '| ratio | median | low | high | target |',
    '|---|---|---|---|---|',
    ...pairs.map((r) => `| ${r.name} | ${n(r.median)} | ${n(r.low)} | ${n(r.high)} | ${r.target} |`),
    '',
    ...notes.map((note) => `- ${note}`),
  ].join('\n')
}

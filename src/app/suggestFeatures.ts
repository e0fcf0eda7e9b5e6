// A labelled history in, the windows over entities that help to tell its anomalies out: ranked by what each adds, as a declaration.

import { stringify } from 'yaml'
import type { Config } from '../config.ts'
import { type Column, type History, sliceHistory } from '../core/column.ts'
import { type Declaration, featuresSection } from '../core/declaration.ts'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { readHistory, splitByTime } from '../data/data.ts'
import { planFeatures } from '../features/plan.ts'
import { replayHistory } from '../features/replay.ts'
import type { FeatureSpec } from '../model/model.ts'
import { train } from '../train/train.ts'

export type Suggestion = {
  /** Average precision on the validation period without any window. */
  readonly without: number
  /** Every group that was tried, by what it adds alone; the best first. */
  readonly tried: readonly { readonly group: string; readonly adds: number }[]
  /** Those worth declaring, in the order in which they were taken, each with the average precision so far. */
  readonly chosen: readonly { readonly group: string; readonly averagePrecision: number }[]
  /** The `features` section of them; null where none helps. */
  readonly yaml: string | null
  /** Groups that time did not suffice for. */
  readonly untried: number
}

export type SuggestOptions = {
  readonly budgetMs: number
  /** How long labels take to come, e.g. `7d`: no window sees a label earlier. */
  readonly labelDelay: string
  readonly signal?: AbortSignal
}

type Windows = Declaration['windows'][number]
type Group = { readonly name: string; readonly windows: object & Pick<Windows, 'over'> }
type Columns = { readonly features: readonly FeatureSpec[]; readonly columns: readonly Float32Array[] }
type Candidate = Group & Columns

/** Newest rows that are looked at: enough to rank by. */
const mostRows = 150_000
const mostEntities = 4
const mostValues = 2
/** Less is noise more often than not. */
const smallestGain = 0.01
const mostChosen = 5
/** Of the training period: its end stops the trees, so that the validation period only judges. */
const stopShare = 0.2

/** Throws the errors of reading and splitting, and `SUGGEST_NO_ENTITIES`. The test period is not looked at. */
export async function suggestFeatures(config: Config, path: string, options: SuggestOptions): Promise<Suggestion> {
  const read = await readHistory(path, { ...config.events, detector: config.detector })
  const { testStart: end } = splitByTime(read.history, config.model)
  const history = sliceHistory(read.history, Math.max(0, end - mostRows), end)
  const entities = entityColumns(read.schema, history, config.events.ignore)
  if (entities.length === 0)
    throw new TocsinError(
      'SUGGEST_NO_ENTITIES',
      `${path}: no column names entities; expected one whose values come again and again, such as a card, a device or a terminal, and that events.ignore leaves in`,
    )
  const rows = splitByTime(history, { validationShare: stopShare, testShare: 0.25 })
  const judge = judgeOf(config, read.schema, history, rows)
  const replay = replayOf(config, read.schema, history, rows.validationStart, entities)
  return search(groupsOf(entities, valueColumns(read.schema, history, entities), options), { replay, judge, options })
}

type Search = {
  readonly replay: (windows: readonly Group['windows'][]) => Columns & { readonly yaml: string }
  readonly judge: (columns: Columns) => Promise<number>
  readonly options: SuggestOptions
}

async function search(groups: readonly Group[], tools: Search): Promise<Suggestion> {
  const { replay, judge, options } = tools
  const deadline = performance.now() + options.budgetMs
  const isOver = () => {
    options.signal?.throwIfAborted()
    return performance.now() > deadline
  }
  const base = replay([])
  const without = await judge(base)
  const tried: Judged[] = []
  for (const group of groups) {
    if (isOver()) break
    const candidate = { ...group, ...added(replay([group.windows]), base) }
    tried.push({ candidate, figure: await judge(joined(base, candidate)) })
  }
  tried.sort((a, b) => b.figure - a.figure)
  const chosen = await takeGreedily(tried, { base, without, judge, isOver })
  return {
    without,
    tried: tried.map(({ candidate, figure }) => ({ group: candidate.name, adds: figure - without })),
    chosen: chosen.map(({ candidate, figure }) => ({ group: candidate.name, averagePrecision: figure })),
    yaml: chosen.length === 0 ? null : replay(chosen.map(({ candidate }) => candidate.windows)).yaml,
    untried: groups.length - tried.length,
  }
}

type Judged = { readonly candidate: Candidate; readonly figure: number }
type Ground = {
  readonly base: Columns
  readonly without: number
  readonly judge: Search['judge']
  readonly isOver: () => boolean
}

// The best alone, then again and again what adds most to those taken. What adds nothing alone is not tried again: a bound on time,
// at the price of pairs that help only together.
async function takeGreedily(tried: readonly Judged[], { base, without, judge, isOver }: Ground): Promise<Judged[]> {
  const chosen: Judged[] = []
  let held = base
  let figure = without
  let open = tried.filter((one) => one.figure >= without + smallestGain)
  while (open.length > 0 && chosen.length < mostChosen) {
    const best = open.reduce((a, b) => (b.figure > a.figure ? b : a))
    if (best.figure < figure + smallestGain) break
    chosen.push(best)
    held = joined(held, best.candidate)
    figure = best.figure
    const next: Judged[] = []
    for (const { candidate } of open) {
      if (candidate === best.candidate) continue
      if (isOver()) break
      next.push({ candidate, figure: await judge(joined(held, candidate)) })
    }
    open = next
  }
  return chosen
}

function joined(a: Columns, b: Columns): Columns {
  return { features: [...a.features, ...b.features], columns: [...a.columns, ...b.columns] }
}

function added(all: Columns, { features }: Columns): Columns {
  const known = new Set(features.map(({ name }) => name))
  const places = [...all.features.keys()].filter((place) => !known.has(all.features[place]!.name))
  return { features: places.map((place) => all.features[place]!), columns: places.map((place) => all.columns[place]!) }
}

// — what is tried —

// What events.entity names; then texts and whole numbers that come again, whether they are features or not: at least thrice on the
// average, and of more kinds than a mere category.
function entityColumns(
  { fields, id, time, entity }: EventSchema,
  { columns, rows }: History,
  ignored: readonly string[] = [],
): string[] {
  const others = [id, time?.column, ...ignored]
  const names = fields.map(({ name }) => name).filter((name) => columns.has(name) && !others.includes(name))
  const found = names
    .map((name) => ({ name, kinds: kindsOf(columns.get(name)!) }))
    .filter(({ name, kinds }) => name === entity || (kinds >= 20 && kinds * 3 <= rows))
    .sort((a, b) => Number(b.name === entity) - Number(a.name === entity) || b.kinds - a.kinds)
  return found.slice(0, mostEntities).map(({ name }) => name)
}

// A number is a name only where it is called one: whole amounts come again too.
function kindsOf(column: Column): number {
  if (column.kind === 'category') return new Set(column.codes).size
  const isName = /(^|[_ -])(id|no|nr|number|key|code)$/i.test(column.name)
  return isName && column.values.every((value) => Number.isNaN(value) || Number.isInteger(value))
    ? new Set(column.values).size
    : 0
}

function valueColumns({ amount, features }: EventSchema, { columns }: History, entities: readonly string[]): string[] {
  const numbers = features.filter((name) => columns.get(name)?.kind === 'number' && !entities.includes(name))
  const ordered = [...numbers].sort((a, b) => Number(b === amount) - Number(a === amount))
  return ordered.slice(0, mostValues)
}

const quick = ['1m', '10m', '1h']
const slow = ['1d', '7d', '30d']
/** Short ones tell how long ago it went wrong, long ones whether it still does. */
const confirmed = ['1d', '2d', '4d', '7d', '14d', '28d']

// Groups of one entity share nothing that has a name: any of them can be declared side by side.
function groupsOf(entities: readonly string[], values: readonly string[], { labelDelay }: SuggestOptions): Group[] {
  const ofValues = (measures: readonly string[]) =>
    values.flatMap((value) => measures.map((measure) => `${measure}(${value})`))
  return entities.flatMap((over) => [
    { name: `${over}: how often in minutes`, windows: { over, windows: quick, aggregate: ['count', 'timeSinceLast'] } },
    { name: `${over}: how often in days`, windows: { over, windows: slow, aggregate: ['count'] } },
    ...(values.length === 0
      ? []
      : [
          {
            name: `${over}: ${values.join(', ')} beside its usual`,
            windows: { over, windows: slow, aggregate: ofValues(['mean', 'max', 'std']), usual: [...values] },
          },
          {
            name: `${over}: ${values.join(', ')} in minutes`,
            windows: { over, windows: quick, aggregate: ofValues(['sum', 'max']) },
          },
        ]),
    {
      name: `${over}: confirmed anomalies`,
      windows: { over, windows: slow, aggregate: [], feedback: { delay: labelDelay, windows: [...confirmed] } },
    },
  ])
}

// — how it is judged —

function replayOf(
  { features, report }: Config,
  schema: EventSchema,
  history: History,
  learned: number,
  entities: readonly string[],
): Search['replay'] {
  const plain = {
    // A name is no feature: trees would learn the entities of the past by heart.
    columns: features.columns ?? schema.features.filter((name) => !entities.includes(name)),
    ...(features.calendar.length > 0 ? { calendar: features.calendar } : {}),
    ...(features.timeZone ? { timeZone: features.timeZone } : {}),
  }
  return (windows) => {
    const section = { ...plain, ...(windows.length > 0 ? { windows } : {}) }
    const declaration = featuresSection.parse(section)
    const plan = planFeatures({
      ...{ declaration, schema, timeZone: report.timeZone },
      history: sliceHistory(history, 0, learned),
    })
    const { columns } = replayHistory(plan, { ...schema, features: [...plan.columns] }, history, learned)
    return {
      features: plan.features,
      columns,
      yaml: stringify({ features: section }, { aliasDuplicateObjects: false }),
    }
  }
}

function judgeOf(
  config: Config,
  schema: EventSchema,
  history: History,
  split: { readonly validationStart: number; readonly testStart: number },
): Search['judge'] {
  const { labels, weights, times, amounts } = history
  const options = {
    ...{ ...config.model, algorithm: 'boostedTrees' as const, monotone: {} },
    ...{ maxTrees: 60, learningRate: 0.15, maxDepth: 4, maxLeafNodes: 12, minSamplesLeaf: 20 },
    ...{ bags: 1, earlyStoppingRounds: 15 },
    ...{ stoppingModels: 1, refit: 'none' as const },
    operatingPoint: config.operatingPoint,
  }
  const given = { schema, labels, weights, times, amounts, split, fingerprint: '', codeVersion: '', options }
  return async ({ features, columns }) =>
    (await train({ ...given, features, columns })).evaluation.averagePrecision.value
}

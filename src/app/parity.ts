// A day in, every stored feature vector that the raw history does not give again out: none is the pass.

import type { Config } from '../config.ts'
import { sliceHistory } from '../core/column.ts'
import { type Day, dayEnd, dayStart } from '../core/day.ts'
import { TocsinError } from '../core/error.ts'
import { readHistory } from '../data/data.ts'
import { LiveFeatures } from '../features/live.ts'
import { type ReplayedMemory, replayHistory } from '../features/replay.ts'
import type { Artifact, Derived } from '../model/model.ts'
import { openRegistry } from '../registry/registry.ts'
import { compileStateless } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import { featureSetOf, labelSettleMs, originOf, remembers } from './featureMemory.ts'
import { withStore } from './open.ts'

export type Parity = {
  /** Vectors of the day that were computed again. */
  readonly vectors: number
  readonly differences: readonly Difference[]
}

type Difference = {
  readonly eventId: string
  readonly feature: string
  /** null: missing. */
  readonly stored: number | null
  readonly recomputed: number | null
}

type ParityInput = {
  readonly store: Store
  readonly detector: string
  readonly from: number
  readonly to: number
  /** Replays the history that a model's features began with, up to this event time. */
  readonly replay: (artifact: Artifact, until: number) => Promise<readonly ReplayedMemory[]>
}

const pageSize = 1000

/** The day by the configuration; `historyPath` is what the models of that day were trained on. Throws `PARITY_NEEDS_HISTORY`, `PARITY_EMPTY`. */
export function verifyParity(config: Config, day: Day, historyPath: string | undefined): Promise<Parity> {
  const { timeZone } = config.report
  const { detector } = config
  const replay: ParityInput['replay'] = async (artifact, until) => {
    if (historyPath === undefined) throw needsHistory(until)
    const { history } = await readHistory(historyPath, { ...config.events, detector })
    let rows = history.rows
    while (rows > 0 && history.times[rows - 1]! > until) rows--
    const plan = { features: artifact.features, derived: artifact.derived! }
    return replayHistory(plan, artifact.schema, sliceHistory(history, 0, rows), 0).memories
  }
  const [from, to] = [dayStart(day, timeZone), dayEnd(day, timeZone)]
  return withStore(config, async (store) => {
    const parity = await compareVectors({ store, detector, from, to, replay })
    if (parity.vectors === 0) throw empty(day, timeZone)
    return parity
  })
}

// Nothing compared is nothing proved.
function empty(day: Day, timeZone: string): TocsinError {
  const message = `no event of ${day} (${timeZone}) was decided by the stream; expected a day that has decisions: tocsin report --json names the closed ones`
  return new TocsinError('PARITY_EMPTY', message)
}

function needsHistory(until: number): TocsinError {
  const message = `the features of that day began with the history of their training, up to ${new Date(until).toISOString()}; expected that file: tocsin verify parity --history history.csv`
  return new TocsinError('PARITY_NEEDS_HISTORY', message)
}

/** Recomputes the vectors of all stored decisions with event times in [from, to). */
export async function compareVectors(input: ParityInput): Promise<Parity> {
  const { store, detector } = input
  const versions = new Set<number>()
  for await (const { modelVersion } of store.decisions(detector, input.from, input.to)) versions.add(modelVersion)
  const registry = openRegistry({ store, detector })
  const results: Parity[] = []
  for (const version of versions) {
    const loaded = await registry.load(version)
    if (loaded) results.push(await compareVersion(input, loaded.artifact, version))
  }
  return {
    vectors: results.reduce((sum, { vectors }) => sum + vectors, 0),
    differences: results.flatMap(({ differences }) => differences),
  }
}

type Logged = Awaited<ReturnType<Store['decisionLog']>>[number]
type Recompute = (decision: Logged, isOfDay: boolean) => Float32Array | undefined

async function compareVersion(input: ParityInput, artifact: Artifact, version: number): Promise<Parity> {
  const recompute = remembers(artifact) ? await remembering(input, artifact) : stateless(artifact)
  const differences: Difference[] = []
  let vectors = 0
  for await (const decision of wholeLog(input)) {
    const isOfDay =
      decision.modelVersion === version && decision.eventTime >= input.from && decision.eventTime < input.to
    const again = recompute(decision, isOfDay)
    if (!isOfDay || !again) continue
    vectors++
    differences.push(...differencesOf(decision, again, artifact))
  }
  return { vectors, differences }
}

async function* wholeLog({ store, detector }: ParityInput): AsyncGenerator<Logged> {
  for (let after = 0; ; ) {
    const page = await store.decisionLog(detector, after, pageSize)
    yield* page
    if (page.length === 0) return
    after = page.at(-1)!.number
  }
}

function stateless(artifact: Artifact): Recompute {
  const fill = compileStateless(artifact)
  return ({ fields, eventTime }, isOfDay) => {
    if (!isOfDay) return undefined
    const out = new Float32Array(artifact.features.length)
    fill({ fields, time: eventTime }, out, 0)
    return out
  }
}

async function remembering(input: ParityInput, artifact: Artifact & { readonly derived: Derived }): Promise<Recompute> {
  const { store, detector } = input
  const origin = await originOf({ store, detector }, featureSetOf(artifact))
  const replayed = Number.isFinite(origin.time) ? { replayed: await input.replay(artifact, origin.time) } : {}
  const live = new LiveFeatures({ ...artifact, ...replayed })
  const answers = await answersOf(input, artifact)
  const forgettings = (await store.forgettings(detector, featureSetOf(artifact))).values()
  let forgetting = forgettings.next().value
  return ({ number, eventId, fields, eventTime }) => {
    for (; forgetting && number > forgetting.through; forgetting = forgettings.next().value)
      live.forgetBefore({ forgettings: forgetting.number, base: forgetting.base })
    if (number <= origin.through && eventTime <= origin.time) return undefined
    const event = { fields, time: eventTime }
    live.hold(live.missing([event]), [])
    const out = new Float32Array(live.width)
    live.look(event, out, 0)
    live.learn()
    if (eventTime > origin.time) for (const answer of answers.get(eventId) ?? []) live.answer(event, answer)
    return out
  }
}

type Answers = ReadonlyMap<string, readonly { readonly knownAt: number; readonly change: 1 | -1 }[]>

async function answersOf(
  { store, detector }: ParityInput,
  { derived }: { readonly derived: Derived },
): Promise<Answers> {
  const answers = new Map<string, { knownAt: number; change: 1 | -1 }[]>()
  if (!derived.memories.some(({ labels }) => labels)) return answers
  for (let after = 0; ; ) {
    const page = await store.labelLog(detector, after, pageSize)
    for (const { eventId, label, previous, labelledAt } of page) {
      const change = Number(label === 'anomaly') - Number(previous === 'anomaly')
      if (change === 0) continue
      const answer = { knownAt: labelledAt + labelSettleMs, change: change < 0 ? (-1 as const) : (1 as const) }
      answers.set(eventId, [...(answers.get(eventId) ?? []), answer])
    }
    if (page.length === 0) return answers
    after = page.at(-1)!.number
  }
}

function differencesOf({ eventId, vector }: Logged, again: Float32Array, { features }: Artifact): Difference[] {
  const shown = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value)
  return features.flatMap(({ name }, place) =>
    Object.is(vector[place], again[place])
      ? []
      : [{ eventId, feature: name, stored: shown(vector[place]), recomputed: shown(again[place]) }],
  )
}

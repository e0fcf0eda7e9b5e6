// A scored vector and its model in; where the score comes from, and the least change after which it would not have alerted, out.

import type { FieldValue } from '../core/event.ts'
import type { Artifact, FeatureSketch, FeatureSpec, Model } from '../model/model.ts'

type Part = { readonly feature: string; readonly value: FieldValue; readonly contribution: number }
type Change = { readonly feature: string; readonly from: FieldValue; readonly to: FieldValue }

export type Study = {
  /** Margin of the average training row, of the event, and the least that alerts; log-odds, of a forest how far from the ordinary. */
  readonly base: number
  readonly margin: number
  readonly alertsFrom: number
  /** They add up from `base` to `margin`; strongest first, whatever their sign. */
  readonly parts: readonly Part[]
  /** One feature, else two, moved towards usual values; null where no such move gets below the threshold. */
  readonly wouldPass: { readonly changes: readonly Change[]; readonly score: number } | null
}

type StudyOptions = {
  readonly artifact: Pick<Artifact, 'features' | 'sketches' | 'operatingPoint' | 'calibration'>
  readonly model: Model
  /** As it was scored. */
  readonly vector: Float32Array
  /** Of the event as it came: its numbers are not rounded to the vector's. */
  readonly fields: Readonly<Record<string, FieldValue>>
  /** That the score was held against. */
  readonly threshold: number
}

/** What is tried of one feature: its place, the value in the vector, and how far that is from what was. */
type Move = { readonly place: number; readonly to: number; readonly size: number }

/** Pairs are tried among so many features, those that raised the score most. */
const pairedFeatures = 8
const triedCategories = 5
/** Shares of normal rows below a sketch's quantiles. */
const levels = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
/** Which of them are usual values, to move to. */
const usualPlaces = [2, 3, 4, 5, 6]
/** How far another category is, where a number from one end of the ordinary to the other is 1. */
const categorySize = 0.5

export function studyOf({ artifact, model, vector, fields, threshold }: StudyOptions): Study {
  const { features } = artifact
  const contributions = model.contributions(vector)
  const scoreWith = (moves: readonly Move[]) => {
    const moved = vector.slice()
    for (const { place, to } of moves) moved[place] = to
    return model.score(moved)
  }
  const valueAt = (place: number) => fields[features[place]!.name] ?? valueIn(features[place]!, vector[place]!)
  const moves = leastMoves({ artifact, vector, contributions, passes: (tried) => scoreWith(tried) < threshold })
  return {
    base: contributions[features.length]!,
    margin: model.margin(vector),
    alertsFrom: leastMargin(model, artifact.calibration.margins, threshold),
    parts: features
      .map(({ name }, place) => ({ feature: name, value: valueAt(place), contribution: contributions[place]! }))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
    wouldPass: moves && {
      changes: moves.map(({ place, to }) => {
        const spec = features[place]!
        return { feature: spec.name, from: valueAt(place), to: valueIn(spec, to) }
      }),
      score: scoreWith(moves),
    },
  }
}

type Search = Pick<StudyOptions, 'artifact' | 'vector'> & {
  readonly contributions: Float64Array
  readonly passes: (moves: readonly Move[]) => boolean
}

function leastMoves(search: Search): readonly Move[] | null {
  const { artifact, contributions } = search
  const sketches = new Map(artifact.sketches.map((sketch) => [sketch.name, sketch]))
  const raising = artifact.features
    .map((spec, place) => ({ place, tried: movesOf(spec, place, search.vector[place]!, sketches.get(spec.name)) }))
    .filter(({ place, tried }) => contributions[place]! > 0 && tried.length > 0)
    .sort((a, b) => contributions[b.place]! - contributions[a.place]!)
  const single = least(raising.flatMap(({ tried }) => oneMove(search, tried)))
  if (single) return single
  const strongest = raising.slice(0, pairedFeatures).map(({ tried }) => tried)
  return least(
    strongest.flatMap((tried, i) => strongest.slice(i + 1).flatMap((other) => twoMoves(search, tried, other))),
  )
}

// The nearest usual value that gets below the threshold, and from there back towards what was as far as that holds.
function oneMove({ artifact, vector, passes }: Search, tried: readonly Move[]): Move[][] {
  const found = tried.find((move) => passes([move]))
  if (!found) return []
  const { place, to, size } = found
  const was = vector[place]!
  if (artifact.features[place]!.kind === 'category' || Number.isNaN(was)) return [[found]]
  let [low, high] = [0, 1]
  const part = (share: number): Move => ({ place, to: Math.fround(was + share * (to - was)), size: share * size })
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2
    if (passes([part(middle)])) high = middle
    else low = middle
  }
  const end = part(high)
  return [[shortened(end, was).find((move) => passes([move])) ?? end]]
}

function twoMoves({ passes }: Search, tried: readonly Move[], others: readonly Move[]): Move[][] {
  for (const a of tried) for (const b of others) if (passes([a, b])) return [[a, b]]
  return []
}

function least(found: readonly (readonly Move[])[]): readonly Move[] | null {
  const size = (moves: readonly Move[]) => moves.reduce((sum, move) => sum + move.size, 0)
  return found.toSorted((a, b) => size(a) - size(b))[0] ?? null
}

// Three figures: the nearest such number, or the next one away from what was.
function shortened(move: Move, was: number): Move[] {
  if (move.to === 0) return [move]
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(move.to))) - 2)
  const away = move.to < was ? Math.floor : Math.ceil
  return [Math.round, away].map((round) => ({ ...move, to: Math.fround(round(move.to / unit) * unit) }))
}

/** Nearest first. */
function movesOf(spec: FeatureSpec, place: number, was: number, sketch: FeatureSketch | undefined): Move[] {
  if (sketch?.kind === 'number' && spec.kind === 'number') {
    const rank = rankOf(was, sketch.quantiles)
    return usualPlaces
      .map((at) => ({ place, to: Math.fround(sketch.quantiles[at]!), size: Math.abs(levels[at]! - rank) }))
      .filter(({ to }) => to !== was)
      .sort((a, b) => a.size - b.size)
  }
  if (sketch?.kind !== 'category' || spec.kind !== 'category') return []
  return sketch.shares
    .slice(0, triedCategories)
    .map(([category]) => ({ place, to: spec.dictionary.indexOf(category), size: categorySize }))
    .filter(({ to }) => to >= 0 && to !== was)
}

/** The share of normal rows below; of a missing value, the middle. */
function rankOf(value: number, quantiles: readonly number[]): number {
  if (Number.isNaN(value)) return 0.5
  const above = quantiles.findIndex((quantile) => value <= quantile)
  if (above <= 0) return above === 0 ? 0 : 1
  const [low, high] = [quantiles[above - 1]!, quantiles[above]!]
  const share = high > low ? (value - low) / (high - low) : 1
  return levels[above - 1]! + share * (levels[above]! - levels[above - 1]!)
}

function valueIn(spec: FeatureSpec, held: number): FieldValue {
  if (Number.isNaN(held)) return null
  return spec.kind === 'number' ? Number(held.toPrecision(7)) : (spec.dictionary[held] ?? null)
}

// The calibration is monotone and constant outside its margins.
function leastMargin(model: Model, margins: readonly number[], threshold: number): number {
  let [low, high] = [margins[0] ?? 0, margins.at(-1) ?? 0]
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (model.calibrate(middle) >= threshold) high = middle
    else low = middle
  }
  return high
}

// Contributions of an alerting event → its reasons in words, strongest first, told against what training saw.

import type { Reason } from '../core/decision.ts'
import type { FieldValue } from '../core/event.ts'
import type { Derived, FeatureSketch, FeatureSpec } from '../model/model.ts'
import { derivedTexts } from './derivedReasons.ts'

type Fields = Readonly<Record<string, FieldValue>>
type NumberSketch = Extract<FeatureSketch, { kind: 'number' }>
type CategorySketch = Extract<FeatureSketch, { kind: 'category' }>

/** More than so many are no reasons any more. */
const maxReasons = 5
/** A category with a smaller share of the training rows is called rare. */
const rareShare = 0.05
/** A sketch keeps so many categories: one that is not among them is new only where the list is shorter. */
const maxShares = 50
/** Places of the quantiles .01, .05, .95 and .99 in a number's sketch. */
const [q01, q05, q95, q99] = [1, 2, 6, 7]

/** A function that names the features which raised the score (contribution > 0), at most five, strongest first. */
export function createReasons(
  features: readonly FeatureSpec[],
  sketches: readonly FeatureSketch[],
  derived?: Derived,
): (fields: Fields, contributions: Float64Array, vector?: Float32Array) => Reason[] {
  const sketchOf = new Map(sketches.map((sketch) => [sketch.name, sketch]))
  const texts = derived ? derivedTexts(features, derived) : []
  return (fields, contributions, vector) =>
    features
      .map(({ name }, i) => ({ name, place: i, contribution: contributions[i]! }))
      .filter(({ contribution }) => contribution > 0)
      .sort((a, b) => b.contribution - a.contribution)
      .slice(0, maxReasons)
      .map(({ name, place, contribution }) => {
        const words = texts[place]
        if (!words || !vector) {
          const value = fields[name] ?? null
          return { feature: name, value, contribution, text: reasonText(name, value, sketchOf.get(name)) }
        }
        const value = Number.isNaN(vector[place]!) ? null : vector[place]!
        const text = (value === null ? null : words(value)) ?? reasonText(name, value, sketchOf.get(name))
        return { feature: name, value, contribution, text }
      })
}

/** e.g. `amount 812.40 is high (usually 4.10 to 96.00)`. */
export function reasonText(name: string, value: FieldValue, sketch: FeatureSketch | undefined): string {
  if (value === null) return missingText(name, sketch)
  const unusual = typeof value === 'number' ? unusualNumber(value, sketch) : unusualCategory(String(value), sketch)
  return `${name} ${told(value, sketch)} ${unusual ?? 'raises the risk together with other features'}`
}

function missingText(name: string, sketch: FeatureSketch | undefined): string {
  if (!sketch) return `${name} is missing`
  if (sketch.missing === 0) return `${name} is missing (it never was in training)`
  return `${name} is missing (as in ${percent(sketch.missing)} of training)`
}

function unusualNumber(value: number, sketch: FeatureSketch | undefined): string | undefined {
  if (sketch?.kind !== 'number') return undefined
  const side = sideOf(value, sketch.quantiles)
  if (!side) return undefined
  const [low, high] = [sketch.quantiles[q05]!, sketch.quantiles[q95]!]
  const format = formatLike(value, low, high)
  return `is ${side} (${low === high ? `usually ${format(low)}` : `usually ${format(low)} to ${format(high)}`})`
}

function sideOf(value: number, quantiles: readonly number[]): string | undefined {
  if (value > quantiles[q99]!) return 'very high'
  if (value > quantiles[q95]!) return 'high'
  if (value < quantiles[q01]!) return 'very low'
  if (value < quantiles[q05]!) return 'low'
  return undefined
}

function unusualCategory(value: string, sketch: FeatureSketch | undefined): string | undefined {
  if (sketch?.kind !== 'category') return undefined
  const share = shareOf(value, sketch)
  if (share === undefined) return sketch.shares.length < maxShares ? 'was never seen in training' : 'is rare here'
  return share < rareShare ? `is rare here (${percent(share)} of events)` : undefined
}

function shareOf(value: string, sketch: CategorySketch): number | undefined {
  return sketch.shares.find(([category]) => category === value)?.[1]
}

function told(value: number | string | boolean, sketch: FeatureSketch | undefined): string {
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value
  if (typeof value === 'boolean') return String(value)
  const usual = (sketch as NumberSketch | undefined)?.kind === 'number' ? (sketch as NumberSketch).quantiles : []
  return formatLike(value, ...[usual[q05], usual[q95]].filter((quantile) => quantile !== undefined))(value)
}

// One number of decimals for all numbers of a sentence: none for whole ones, two down to 0.1, else two figures of the largest.
function formatLike(...numbers: readonly number[]): (value: number) => string {
  const largest = Math.max(...numbers.map(Math.abs))
  if (largest >= 1e15 || (largest > 0 && largest < 1e-6)) return (value) => value.toPrecision(3)
  const decimals = numbers.every(Number.isInteger) ? 0 : largest >= 0.1 ? 2 : 1 - Math.floor(Math.log10(largest))
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return (value) => (value + 0).toLocaleString('en-US', options)
}

function percent(share: number): string {
  if (share < 0.001) return 'under 0.1 %'
  return `${(share * 100).toFixed(share < 0.01 ? 1 : 0)} %`
}

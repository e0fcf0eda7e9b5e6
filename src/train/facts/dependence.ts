// A model and rows in, how its mean score moves with one feature out (partial dependence, Friedman 2001).

import { Random } from '../../core/random.ts'
import type { Dependence } from '../../core/trainingFacts.ts'
import type { FeatureSpec, Model } from '../../model/model.ts'
import type { RowSample } from './sample.ts'

const averagedRows = 200
const gridPoints = 32
const mostCategories = 8

export function dependenceOf(model: Model, sample: RowSample, names: readonly string[]): Dependence[] {
  const random = new Random(sample.seed)
  const rows = Array.from({ length: averagedRows }, () => sample.draw(random))
  return names.map((name) => {
    const place = model.features.findIndex((feature) => feature.name === name)
    const feature = model.features[place]!
    const points = gridOf(feature, place, sample).map(({ value, text }) => ({
      value: text ?? value,
      score: meanScore(model, sample, rows, { place, value }),
    }))
    return { name, kind: feature.kind, points }
  })
}

function meanScore(
  model: Model,
  { vectors, width }: RowSample,
  rows: readonly number[],
  { place, value }: { place: number; value: number },
): number {
  let sum = 0
  for (const row of rows) {
    const vector = vectors.slice(row * width, (row + 1) * width)
    vector[place] = value
    sum += model.score(vector)
  }
  return sum / rows.length
}

type GridPoint = { readonly value: number; readonly text?: string }

function gridOf(feature: FeatureSpec, place: number, sample: RowSample): GridPoint[] {
  return feature.kind === 'number' ? numbersOf(place, sample) : categoriesOf(feature.dictionary, place, sample)
}

// Evenly between the 1st and the 99th percentile of the sample, in which anomalies are more than their share.
function numbersOf(place: number, { rows, width, vectors }: RowSample): GridPoint[] {
  const sorted = Float32Array.from({ length: rows }, (_, row) => vectors[row * width + place]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  if (sorted.length === 0) return []
  const low = sorted[Math.floor(0.01 * (sorted.length - 1))]!
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))]!
  if (low === high) return [{ value: low }]
  return Array.from({ length: gridPoints }, (_, i) => ({ value: low + (i / (gridPoints - 1)) * (high - low) }))
}

function categoriesOf(
  dictionary: readonly string[],
  place: number,
  { rows, width, vectors, weights }: RowSample,
): GridPoint[] {
  const held = new Float64Array(dictionary.length)
  for (let row = 0; row < rows; row++) {
    const value = vectors[row * width + place]!
    if (!Number.isNaN(value)) held[value]! += weights[row]!
  }
  return dictionary
    .map((text, value) => ({ text, value }))
    .sort((a, b) => held[b.value]! - held[a.value]! || a.value - b.value)
    .slice(0, mostCategories)
}

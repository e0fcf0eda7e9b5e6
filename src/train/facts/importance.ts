// A model and rows of the test period in, what each feature is worth to it, in three ways, out.

import { Random } from '../../core/random.ts'
import type { FeatureImportance } from '../../core/trainingFacts.ts'
import type { Artifact, Model, TreesData } from '../../model/model.ts'
import { averagePrecision } from '../metrics.ts'
import type { RowSample } from './sample.ts'

const repeats = 2
const explainedRows = 600

/** Every feature, by mean |contribution|; the first of equals stays first. */
export function importanceOf(artifact: Artifact, model: Model, sample: RowSample): FeatureImportance[] {
  const { features } = artifact
  const gains = artifact.algorithm === 'boostedTrees' ? gainsOf(artifact.trees, features.length) : null
  const total = gains?.reduce((sum, gain) => sum + gain, 0) ?? 0
  const contributions = meanContributions(model, sample)
  const base = averagePrecisionOf(sample, model)
  return features
    .map(({ name }, place) => ({
      name,
      gain: gains && (total > 0 ? gains[place]! / total : 0),
      // A feature that no split reads can change nothing.
      permutation: gains?.[place] !== 0 ? base - redrawn(model, sample, place) : 0,
      contribution: contributions[place]!,
    }))
    .sort((a, b) => b.contribution - a.contribution)
}

// What a split gains: how far it moves the log-odds apart, squared, times the rows that it moves. The artifact keeps covers
// and leaves, and a node's value is the mean of its leaves'.
function gainsOf({ roots, feature, left, value, cover }: TreesData, width: number): Float64Array {
  const gains = new Float64Array(width)
  const mean = new Float64Array(feature.length)
  for (let node = roots.at(-1)! - 1; node >= 0; node--) {
    if (feature[node]! < 0) {
      mean[node] = value[node]!
      continue
    }
    const [a, b] = [left[node]!, left[node]! + 1]
    const sum = cover[a]! + cover[b]!
    if (sum === 0) continue
    mean[node] = (cover[a]! * mean[a]! + cover[b]! * mean[b]!) / sum
    gains[feature[node]!]! += ((cover[a]! * cover[b]!) / sum) * (mean[a]! - mean[b]!) ** 2
  }
  return gains
}

function meanContributions(model: Model, { rows, width, vectors, weights }: RowSample): Float64Array {
  const means = new Float64Array(width)
  const step = Math.max(1, Math.ceil(rows / explainedRows))
  let total = 0
  for (let row = 0; row < rows; row += step) {
    const parts = model.contributions(vectors, row * width)
    total += weights[row]!
    for (let feature = 0; feature < width; feature++) means[feature]! += weights[row]! * Math.abs(parts[feature]!)
  }
  return means.map((sum) => sum / total)
}

function averagePrecisionOf({ rows, width, vectors, labels, weights }: RowSample, model: Model): number {
  const scores = Float64Array.from({ length: rows }, (_, row) => model.margin(vectors, row * width))
  return averagePrecision({ scores, labels, weights })
}

// Breiman 2001; values are redrawn by weight, since anomalies are more than their share of the sample.
function redrawn(model: Model, sample: RowSample, feature: number): number {
  const { rows, width, vectors } = sample
  const random = new Random(sample.seed + feature)
  let sum = 0
  for (let i = 0; i < repeats; i++) {
    const changed = vectors.slice()
    for (let row = 0; row < rows; row++)
      changed[row * width + feature] = vectors[sample.draw(random) * width + feature]!
    sum += averagePrecisionOf({ ...sample, vectors: changed }, model)
  }
  return sum / repeats
}

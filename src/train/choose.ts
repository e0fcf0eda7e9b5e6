// What several learners say of the validation period in, the one to take and why out.
//
// The best average precision wins, unless a simpler learner is level with it: less than .02 behind, in an interval of the
// difference (paired bootstrap: both are judged by the same drawn rows) that does not exclude 0. The interval alone would not
// do: with few anomalies it is so wide that the simplest learner would always win.

import type { Choice, ModelBody } from '../model/model.ts'
import { bootstrapInterval } from './bootstrap.ts'
import type { Scored } from './metrics.ts'

export type Algorithm = ModelBody['algorithm']

/** Simplest first: linear is the fastest and plainest, a forest the slowest to score. */
export const algorithms: readonly Algorithm[] = ['linear', 'boostedTrees', 'randomCutForest']

type Candidate = {
  readonly algorithm: Algorithm
  /** Of the validation period. */
  readonly scores: Float64Array
}
type Period = Omit<Scored, 'scores'> & { readonly seed: number }

const levelDifference = 0.02
const mostRows = 20_000_000

export function chooseLearner(candidates: readonly Candidate[], { labels, weights, seed }: Period): Choice {
  const ones = new Float64Array(labels.length).fill(1)
  const judged = candidates.map(({ algorithm, scores }) => {
    const figure = rankedPrecision({ scores, labels, weights })
    return { algorithm, figure, averagePrecision: figure(ones) }
  })
  const best = judged.reduce((most, held) => (held.averagePrecision > most.averagePrecision ? held : most))
  const units = Array.from(weights, (weight) => ({ weight, squared: weight ** 2 }))
  const replicates = Math.max(100, Math.min(500, Math.floor(mostRows / labels.length)))
  const compared = judged.map(({ algorithm, averagePrecision, figure }) => ({
    algorithm,
    averagePrecision,
    behind:
      algorithm === best.algorithm
        ? { value: 0, low: 0, high: 0 }
        : bootstrapInterval(units, (factors) => best.figure(factors) - figure(factors), { seed, replicates }),
  }))
  const isLevel = ({ behind }: Choice['candidates'][number]) => behind.value < levelDifference && behind.low <= 0
  const bySimplicity = [...compared].sort((a, b) => algorithms.indexOf(a.algorithm) - algorithms.indexOf(b.algorithm))
  const { algorithm } = bySimplicity.find(isLevel)!
  return { algorithm, why: wordsFor(algorithm, best.algorithm, compared), candidates: compared }
}

function wordsFor(chosen: Algorithm, best: Algorithm, candidates: Choice['candidates']): string {
  const figures = candidates.map(({ algorithm, averagePrecision, behind }) => {
    const difference = `${behind.value.toFixed(3)} behind, ${behind.low.toFixed(3)} to ${behind.high.toFixed(3)}`
    return `${algorithm} ${averagePrecision.toFixed(3)}${algorithm === best ? '' : ` (${difference})`}`
  })
  const reason = chosen === best ? 'it ranks best' : `it is level with ${best} and simpler`
  return `${chosen}, because ${reason}; average precision on the validation period: ${figures.join(', ')}`
}

/** Average precision as a function of how often each row counts. */
function rankedPrecision({ scores, labels, weights }: Scored): (factors: Float64Array) => number {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b)
  return (factors) => {
    let [sum, found, alarms] = [0, 0, 0]
    for (let i = 0; i < order.length; ) {
      const score = scores[order[i]!]!
      let anomalous = 0
      for (; i < order.length && scores[order[i]!] === score; i++) {
        const weight = weights[order[i]!]! * factors[order[i]!]!
        if (labels[order[i]!] === 1) anomalous += weight
        else alarms += weight
      }
      found += anomalous
      if (anomalous > 0) sum += (anomalous * found) / (found + alarms)
    }
    return sum / found
  }
}

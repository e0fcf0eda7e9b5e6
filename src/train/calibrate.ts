// Margins, labels and weights of the validation period in, a strictly increasing map from margin to probability out.
//
// Isotonic regression (pool adjacent violators) says what the period says, but with steps, with certainties where anomalies
// are few, and with ties that lose the ranking. So each pooled block is drawn towards a fitted logistic curve (Platt 1999) as
// by a few rows more, the blocks become knots of a line, and beyond them the curve itself goes on.

import type { Artifact } from '../model/model.ts'

type Calibration = Artifact['calibration']
type Sample = { readonly margins: Float64Array; readonly labels: Uint8Array; readonly weights: Float64Array }
type Block = { weight: number; anomalous: number; margin: number; rows: number }

const pseudoRows = 2
const largestBlocks = 200
const least = 1e-9

/** `range`: the least and the greatest margin that the trees can give; the map strictly rises over all of it. */
export function calibrate(sample: Sample, range: readonly [number, number]): Calibration {
  const curve = fitLogistic(sample)
  const pooled = pool(evenBlocks(sample))
  const knots = pooled.map(({ weight, anomalous, margin, rows }) => {
    const extra = (pseudoRows * weight) / rows
    return { weight, rows, margin, anomalous: ((anomalous + extra * curve(margin)) / (weight + extra)) * weight }
  })
  const smooth = pool(knots).map(({ margin, anomalous, weight }) => [margin, anomalous / weight] as const)
  return strictlyRising(withEnds(smooth, curve, range))
}

// The curve beyond the first and last knot, shifted in log-odds so that it meets them.
function withEnds(
  knots: readonly (readonly [number, number])[],
  curve: (margin: number) => number,
  [lowest, highest]: readonly [number, number],
): (readonly [number, number])[] {
  const end = (margin: number, [near, score]: readonly [number, number]) => {
    const shift = logit(score) - logit(curve(near))
    return [margin, sigmoid(logit(curve(margin)) + shift)] as const
  }
  const [first, last] = [knots[0]!, knots.at(-1)!]
  const before = lowest < first[0] ? [end(lowest, first)] : []
  const after = highest > last[0] ? [end(highest, last)] : []
  return [...before, ...knots, ...after]
}

function strictlyRising(knots: readonly (readonly [number, number])[]): Calibration {
  const margins: number[] = []
  const scores: number[] = []
  for (const [margin, score] of knots) {
    const above = scores.length === 0 ? least : scores.at(-1)! * (1 + 1e-6)
    margins.push(margin)
    scores.push(Math.max(score, above))
  }
  // What was pushed above 1 − least comes back in order.
  for (let i = scores.length - 1; i >= 0; i--) {
    const below = i === scores.length - 1 ? 1 - least : scores[i + 1]! * (1 - 1e-9)
    scores[i] = Math.min(scores[i]!, below)
  }
  return { margins, scores }
}

// Rows by margin; equal margins share a block, and normal rows between anomalies are few enough blocks to be quick.
function evenBlocks({ margins, labels, weights }: Sample): Block[] {
  const order = sortedRows(margins)
  const perBlock = Math.ceil(order.length / largestBlocks)
  const blocks: Block[] = []
  let previous = Number.NaN
  let hasAnomaly = false
  for (const row of order) {
    const margin = margins[row]!
    const anomaly = labels[row]! * weights[row]!
    const last = blocks.at(-1)
    const joins = last && (margin === previous || (last.rows < perBlock && !hasAnomaly && labels[row] === 0))
    if (joins) {
      last.margin = (last.margin * last.weight + margin * weights[row]!) / (last.weight + weights[row]!)
      last.weight += weights[row]!
      last.anomalous += anomaly
      last.rows++
      hasAnomaly ||= labels[row] === 1
    } else {
      blocks.push({ weight: weights[row]!, anomalous: anomaly, margin, rows: 1 })
      hasAnomaly = labels[row] === 1
    }
    previous = margin
  }
  return blocks
}

function sortedRows(margins: Float64Array): Uint32Array {
  return Uint32Array.from(margins, (_, row) => row).sort((a, b) => margins[a]! - margins[b]! || a - b)
}

// Pool adjacent violators: neighbours that fall, or are equal, become one.
function pool(blocks: readonly Block[]): Block[] {
  const pooled: Block[] = []
  for (const block of blocks) {
    let last = { ...block }
    for (let before = pooled.at(-1); before && before.anomalous / before.weight >= last.anomalous / last.weight; ) {
      const weight = before.weight + last.weight
      last = {
        weight,
        anomalous: before.anomalous + last.anomalous,
        margin: (before.margin * before.weight + last.margin * last.weight) / weight,
        rows: before.rows + last.rows,
      }
      pooled.pop()
      before = pooled.at(-1)
    }
    pooled.push(last)
  }
  return pooled
}

// Weighted logistic regression on the margin, targets drawn in as Platt does so that few anomalies can't make it a step.
function fitLogistic({ margins, labels, weights }: Sample): (margin: number) => number {
  let [anomalous, normal] = [0, 0]
  for (let row = 0; row < margins.length; row++) {
    if (labels[row] === 1) anomalous += weights[row]!
    else normal += weights[row]!
  }
  const high = (anomalous + 1) / (anomalous + 2)
  const low = 1 / (normal + 2)
  let [slope, shift] = [1, 0]
  for (let step = 0; step < 50; step++) {
    let [gs, gb, ss, sb, bb] = [0, 0, 1e-6, 0, 1e-6]
    for (let row = 0; row < margins.length; row++) {
      const m = margins[row]!
      const p = sigmoid(slope * m + shift)
      const error = weights[row]! * (p - (labels[row] === 1 ? high : low))
      const curvature = weights[row]! * p * (1 - p)
      gs += error * m
      gb += error
      ss += curvature * m * m
      sb += curvature * m
      bb += curvature
    }
    const determinant = ss * bb - sb * sb
    const changeSlope = (gs * bb - gb * sb) / determinant
    const changeShift = (gb * ss - gs * sb) / determinant
    if (!Number.isFinite(changeSlope + changeShift)) break
    // Newton's step, held back: far from the optimum it overshoots.
    slope = Math.max(0.05, slope - Math.max(-0.5, Math.min(0.5, changeSlope)))
    shift -= Math.max(-2, Math.min(2, changeShift))
    if (Math.abs(changeSlope) + Math.abs(changeShift) < 1e-9) break
  }
  return (margin) => sigmoid(slope * margin + shift)
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function logit(p: number): number {
  return Math.log(p / (1 - p))
}

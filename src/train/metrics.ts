// Scores, labels and weights in, one figure out.

export type Scored = {
  /** Higher is more anomalous. Any monotone scale does for the rank metrics. */
  readonly scores: Float64Array
  readonly labels: Uint8Array
  readonly weights: Float64Array
}

/**
 * Weighted average precision: Σ (R_n − R_{n−1}) P_n over distinct thresholds, as scikit-learn defines it. NaN without an
 * anomaly. Only the anomalies are sorted.
 */
export function averagePrecision({ scores, labels, weights }: Scored): number {
  const { levels, anomalous } = anomalyLevels(scores, labels, weights)
  if (levels.length === 0) return Number.NaN
  const normal = new Float64Array(levels.length)
  const place = createPlacer(levels)
  const least = levels[levels.length - 1]!
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!
    if (labels[row] === 1 || score < least) continue
    normal[place(score)]! += weights[row]!
  }
  let [sum, found, alarms] = [0, 0, 0]
  for (let level = 0; level < levels.length; level++) {
    found += anomalous[level]!
    alarms += normal[level]!
    if (found > 0) sum += (anomalous[level]! * found) / (found + alarms)
  }
  return sum / found
}

/** Weighted mean of −log of the probability given to what happened. */
export function logLoss({ scores, labels, weights }: Scored): number {
  let [sum, total] = [0, 0]
  for (let row = 0; row < weights.length; row++) {
    sum -= weights[row]! * Math.log(labels[row] === 1 ? scores[row]! : 1 - scores[row]!)
    total += weights[row]!
  }
  return sum / total
}

// The anomalies' distinct scores, highest first, and the weight of anomalies at each.
function anomalyLevels(scores: Float64Array, labels: Uint8Array, weights: Float64Array) {
  const rows: number[] = []
  for (let row = 0; row < scores.length; row++) if (labels[row] === 1) rows.push(row)
  rows.sort((a, b) => scores[b]! - scores[a]!)
  const levels: number[] = []
  const anomalous: number[] = []
  for (const row of rows) {
    if (levels.at(-1) === scores[row]) anomalous[anomalous.length - 1]! += weights[row]!
    else {
      levels.push(scores[row]!)
      anomalous.push(weights[row]!)
    }
  }
  return { levels: Float64Array.from(levels), anomalous }
}

const cells = 1024

// Levels fall: the place of the highest one that is at most `score`. A table by size leaves a step or two to walk; a binary search
// would guess wrong at nearly every step.
function createPlacer(levels: Float64Array): (score: number) => number {
  const last = levels.length - 1
  const low = levels[last]!
  const scale = (cells - 1) / (levels[0]! - low || 1)
  const cellOf = (score: number) => Math.min(cells - 1, Math.floor((score - low) * scale))
  // The first level that is not in a higher cell.
  const first = new Int32Array(cells)
  for (let cell = cells - 1, level = 0; cell >= 0; cell--) {
    while (level < last && cellOf(levels[level]!) > cell) level++
    first[cell] = level
  }
  return (score) => {
    let level = first[cellOf(score)]!
    while (level < last && levels[level]! > score) level++
    return level
  }
}

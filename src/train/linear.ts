// Columns, labels and weights of the training period in, a logistic regression with elastic net out.
//
// Minimises Σ weight × log loss + l2/2 × Σ β² + l1 × Σ |β|; the intercept is free. scikit-learn's C is 1 / (l1 + l2), its
// l1_ratio is l1 / (l1 + l2). Numbers are standardised; a missing one is the mean and sets an indicator; a category is one of
// its frequent values, "another", or missing. Nothing is copied: columns are read as they are.

import type { FeatureSpec, LinearData, LinearTerm } from '../model/model.ts'
import { minimise } from './minimise.ts'

export type LinearInput = {
  readonly features: readonly FeatureSpec[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array
  /** Rows before this one are learned from. */
  readonly rows: number
  readonly options: {
    readonly l1Regularization?: number
    readonly l2Regularization: number
    readonly positiveWeight: number
    /** A category with fewer rows shares its coefficient with the others like it. */
    readonly minSamplesLeaf: number
  }
  onStep(step: number, maxSteps: number): Promise<void>
}

/** How a feature's values become variables. A place below 0 is no variable: its coefficient is 0. */
type Slots =
  | {
      readonly kind: 'number'
      readonly place: number
      readonly missing: number
      readonly mean: number
      readonly scale: number
      /** Every value is there and finite: the loops need not ask. */
      readonly isPlain: boolean
    }
  | { readonly kind: 'category'; readonly places: Int32Array; readonly missing: number }

const maxSteps = 1000
// Of the mean gradient of log loss: coefficients are then right to about six digits where the data say anything.
const tolerance = 1e-8
const largest = 3.4028234663852886e38

export async function fitLinear(input: LinearInput): Promise<LinearData> {
  const slots: Slots[] = []
  let size = 0
  const take = () => size++
  for (const [place, feature] of input.features.entries())
    slots.push(
      feature.kind === 'number'
        ? numberSlots(input.columns[place]!, input, take)
        : categorySlots(input.columns[place]!, feature.dictionary.length, input, take),
    )
  const intercept = take()
  const problem = lossOf(input, slots, intercept)
  const found = await minimise({
    ...problem,
    tolerance,
    maxSteps,
    onStep: (step) => input.onStep(step, maxSteps),
  })
  return termsOf(found, slots, intercept, input)
}

function numberSlots(column: Float32Array, { weights, rows }: LinearInput, take: () => number): Slots {
  let [total, sum, missing, isPlain] = [0, 0, 0, true]
  for (let row = 0; row < rows; row++) {
    const x = column[row]!
    if (!Number.isFinite(x)) isPlain = false
    if (Number.isNaN(x)) missing++
    else {
      total += weights[row]!
      sum += weights[row]! * finite(x)
    }
  }
  const mean = total > 0 ? sum / total : 0
  let squares = 0
  for (let row = 0; row < rows; row++)
    if (!Number.isNaN(column[row]!)) squares += weights[row]! * (finite(column[row]!) - mean) ** 2
  const scale = total > 0 ? Math.sqrt(squares / total) : 0
  const isConstant = !(scale > 1e-7 * Math.abs(mean))
  return {
    kind: 'number',
    place: isConstant ? -1 : take(),
    missing: missing > 0 ? take() : -1,
    mean,
    scale: isConstant ? 1 : scale,
    isPlain,
  }
}

function categorySlots(column: Float32Array, count: number, { rows, options }: LinearInput, take: () => number): Slots {
  const counts = new Int32Array(count)
  let missing = 0
  for (let row = 0; row < rows; row++)
    if (Number.isNaN(column[row]!)) missing++
    else counts[column[row]!]!++
  const isRare = (n: number) => n < options.minSamplesLeaf
  const other = counts.some((n) => n > 0 && isRare(n)) ? take() : -1
  return {
    kind: 'category',
    places: Int32Array.from(counts, (n) => (isRare(n) ? other : take())),
    missing: missing > 0 ? take() : -1,
  }
}

function lossOf({ columns, labels, weights, rows, options }: LinearInput, slots: readonly Slots[], intercept: number) {
  const counts = Float64Array.from({ length: rows }, (_, row) =>
    labels[row] === 1 ? weights[row]! * options.positiveWeight : weights[row]!,
  )
  let [total, anomalous] = [0, 0]
  for (let row = 0; row < rows; row++) {
    total += counts[row]!
    if (labels[row] === 1) anomalous += counts[row]!
  }
  const start = new Float64Array(intercept + 1)
  start[intercept] = Math.log(anomalous / (total - anomalous))
  const l1 = new Float64Array(intercept + 1).fill((options.l1Regularization ?? 0) / total)
  l1[intercept] = 0
  const l2 = options.l2Regularization / total
  const margins = new Float64Array(rows)
  return {
    start,
    l1,
    smooth(x: Float64Array, gradient: Float64Array): number {
      margins.fill(x[intercept]!)
      for (const [place, held] of slots.entries()) addPart(held, columns[place]!, x, margins)
      let value = 0
      let all = 0
      for (let row = 0; row < rows; row++) {
        const margin = margins[row]!
        const away = labels[row] === 1 ? -margin : margin
        // log(1 + e^away), without overflow.
        const power = Math.exp(-Math.abs(away))
        value += (counts[row]! * (Math.max(away, 0) + Math.log1p(power))) / total
        const wrong = away > 0 ? 1 / (1 + power) : power / (1 + power)
        const slope = ((labels[row] === 1 ? -wrong : wrong) * counts[row]!) / total
        margins[row] = slope
        all += slope
      }
      gradient.fill(0)
      gradient[intercept] = all
      for (const [place, held] of slots.entries()) addSlopes(held, columns[place]!, margins, gradient)
      for (let i = 0; i < intercept; i++) {
        value += (l2 / 2) * x[i]! ** 2
        gradient[i]! += l2 * x[i]!
      }
      return value
    },
  }
}

function addPart(slots: Slots, column: Float32Array, x: Float64Array, margins: Float64Array): void {
  const missing = x[slots.missing] ?? 0
  if (slots.kind === 'category') {
    const values = Float64Array.from(slots.places, (place) => x[place] ?? 0)
    for (let row = 0; row < margins.length; row++)
      margins[row]! += Number.isNaN(column[row]!) ? missing : values[column[row]!]!
    return
  }
  const { mean } = slots
  const slope = (x[slots.place] ?? 0) / slots.scale
  if (slots.isPlain) {
    for (let row = 0; row < margins.length; row++) margins[row]! += slope * (column[row]! - mean)
    return
  }
  for (let row = 0; row < margins.length; row++) {
    const value = column[row]!
    margins[row]! += Number.isNaN(value) ? missing : slope * (finite(value) - mean)
  }
}

function addSlopes(slots: Slots, column: Float32Array, slopes: Float64Array, gradient: Float64Array): void {
  let [missing, sum] = [0, 0]
  if (slots.kind === 'number' && slots.isPlain) {
    const { mean } = slots
    for (let row = 0; row < slopes.length; row++) sum += slopes[row]! * (column[row]! - mean)
  } else
    for (let row = 0; row < slopes.length; row++) {
      const value = column[row]!
      if (Number.isNaN(value)) missing += slopes[row]!
      else if (slots.kind === 'number') sum += slopes[row]! * (finite(value) - slots.mean)
      else if (slots.places[value]! >= 0) gradient[slots.places[value]!]! += slopes[row]!
    }
  if (slots.missing >= 0) gradient[slots.missing] = missing
  if (slots.kind === 'number' && slots.place >= 0) gradient[slots.place] = sum / slots.scale
}

// Each part is moved so that it is 0 on average; what they lose goes into the bias.
function termsOf(x: Float64Array, slots: readonly Slots[], intercept: number, input: LinearInput): LinearData {
  let bias = x[intercept]!
  const terms = slots.map((held, place): LinearTerm => {
    const column = input.columns[place]!
    const missing = x[held.missing] ?? 0
    const values = held.kind === 'category' ? Array.from(held.places, (slot) => x[slot] ?? 0) : null
    const average = averageOf(input, (row) => {
      if (Number.isNaN(column[row]!)) return missing
      return values === null ? 0 : values[column[row]!]!
    })
    bias += average
    if (values !== null)
      return { kind: 'category', values: values.map((value) => value - average), missing: missing - average }
    const slope = held.kind === 'number' ? (x[held.place] ?? 0) / held.scale : 0
    const mean = held.kind === 'number' ? held.mean : 0
    return { kind: 'number', slope, mean, present: 0 - average, missing: missing - average }
  })
  return { bias, terms }
}

function averageOf({ weights, rows }: LinearInput, value: (row: number) => number): number {
  let [sum, total] = [0, 0]
  for (let row = 0; row < rows; row++) {
    sum += weights[row]! * value(row)
    total += weights[row]!
  }
  return sum / total
}

function finite(x: number): number {
  return Math.max(-largest, Math.min(largest, x))
}

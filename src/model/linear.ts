// Terms of a linear model as data in, its margin and the margin's parts out.

import type { LinearData, LinearTerm } from './artifact.ts'

const largest = 3.4028234663852886e38

/** Parts are added in the order of the features, then the bias: `margin` and the sum of `contributions` are the same number. */
export function createLinear({ bias, terms }: LinearData): {
  margin(vectors: Float32Array, offset?: number): number
  contributions(vectors: Float32Array, offset?: number): Float64Array
} {
  const width = terms.length
  return {
    margin(vectors, offset = 0) {
      let margin = 0
      for (let place = 0; place < width; place++) margin += partOf(terms[place]!, vectors[offset + place]!)
      return margin + bias
    },
    contributions(vectors, offset = 0) {
      const parts = new Float64Array(width + 1)
      for (let place = 0; place < width; place++) parts[place] = partOf(terms[place]!, vectors[offset + place]!)
      parts[width] = bias
      return parts
    },
  }
}

function partOf(term: LinearTerm, x: number): number {
  if (Number.isNaN(x)) return term.missing
  if (term.kind === 'category') return term.values[x] ?? term.missing
  // What overflows a float32 is the largest one, so that two infinities can't make a margin that is no number.
  return term.slope * (Math.max(-largest, Math.min(largest, x)) - term.mean) + term.present
}

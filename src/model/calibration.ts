// Knots of a monotone piecewise-linear map in, a function from margin to probability out.

import type { Artifact } from './artifact.ts'

/** Linear between knots, constant outside; binary search, so the number of knots hardly matters. */
export function createCalibrator(calibration: Artifact['calibration']): (margin: number) => number {
  const margins = Float64Array.from(calibration.margins)
  const scores = Float64Array.from(calibration.scores)
  const last = margins.length - 1
  return (margin) => {
    if (margin <= margins[0]!) return scores[0]!
    if (margin >= margins[last]!) return scores[last]!
    let low = 0
    let high = last
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (margins[middle]! <= margin) low = middle
      else high = middle
    }
    const share = (margin - margins[low]!) / (margins[high]! - margins[low]!)
    return scores[low]! + share * (scores[high]! - scores[low]!)
  }
}

// Scored rows in, how often an anomaly was one where the model said so many percent out.

import { wilson } from '../../core/proportion.ts'
import type { ReliabilityBin } from '../../core/trainingFacts.ts'
import type { TestRows } from './testRows.ts'

// Scores of rare anomalies lie over decades: three bins to each.
const edges = [0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1]

/** Bins without rows are left out. */
export function reliabilityOf({ scores, labels, weights }: TestRows): ReliabilityBin[] {
  const sums = edges.slice(1).map(() => ({ events: 0, predicted: 0, anomalous: 0, rows: 0 }))
  for (let row = 0; row < scores.length; row++) {
    const last = edges.findIndex((edge) => edge > scores[row]!)
    const bin = sums[(last < 0 ? edges.length - 1 : last) - 1]!
    bin.events += weights[row]!
    bin.predicted += weights[row]! * scores[row]!
    bin.anomalous += weights[row]! * labels[row]!
    bin.rows++
  }
  return sums.flatMap(({ events, predicted, anomalous, rows }, i) =>
    rows === 0
      ? []
      : [
          {
            from: edges[i]!,
            to: edges[i + 1]!,
            events,
            predicted: predicted / events,
            observed: wilson(anomalous, events)!,
          },
        ],
  )
}

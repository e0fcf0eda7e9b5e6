// A generated matrix in, our trainer and its model as a bench subject sees them out.

import { loadModel } from '../src/model/model.ts'
import { type TrainOptions, train } from '../src/train/train.ts'
import type { Matrix } from './cardlike.ts'
import type { Training } from './rivals.ts'

/** What all train with, unless a bench says otherwise. */
export const hundredTrees: Training = {
  threads: 2,
  trees: 100,
  depth: 6,
  leaves: 64,
  bins: 255,
  learningRate: 0.1,
}

/** The last tenth tests; the tenth before is our validation period, which rivals don't need and don't get. */
export function rowsOf(rows: number): { trainEnd: number; testStart: number } {
  return { trainEnd: Math.floor(rows * 0.8), testStart: Math.floor(rows * 0.9) }
}

/** Columns by name, row after row, as a model reads them. */
export function testVectors({ columns, labels }: Matrix): Float32Array {
  const { testStart } = rowsOf(labels.length)
  const rows = labels.length - testStart
  const vectors = new Float32Array(rows * columns.length)
  for (const [place, column] of columns.entries())
    for (let row = 0; row < rows; row++) vectors[row * columns.length + place] = column[testStart + row]!
  return vectors
}

/** Trains; says when the trees were done and when all was. */
export async function trainOurs(matrix: Matrix, given: Training, others: Partial<TrainOptions> = {}) {
  const { names, columns, labels, times } = matrix
  const rows = rowsOf(labels.length)
  const cpu = process.cpuUsage()
  const start = performance.now()
  let fitted = 0
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'evaluate') fitted = performance.now()
  }
  const artifact = await train(
    {
      schema: {
        detector: 'bench',
        id: null,
        time: null,
        entity: null,
        amount: null,
        label: { column: 'y', anomaly: '1' },
        weight: null,
        fields: [],
        features: names,
      },
      features: names.map((name) => ({ name, kind: 'number' })),
      columns,
      labels,
      weights: new Float64Array(labels.length).fill(1),
      times,
      amounts: null,
      split: { validationStart: rows.trainEnd, testStart: rows.testStart },
      fingerprint: 'bench',
      codeVersion: 'bench',
      options: {
        algorithm: 'boostedTrees',
        seed: 1,
        maxTrees: given.trees,
        learningRate: given.learningRate,
        maxDepth: given.depth,
        maxLeafNodes: given.leaves,
        maxBins: Math.min(255, given.bins),
        minSamplesLeaf: 20,
        l2Regularization: 1,
        positiveWeight: 1,
        earlyStoppingRounds: given.trees + 1,
        operatingPoint: { alertsPerDay: 50 },
        ...others,
      },
    },
    { threads: given.threads, onProgress },
  )
  const end = performance.now()
  const { user, system } = process.cpuUsage(cpu)
  return {
    artifact,
    model: loadModel(artifact),
    trees: artifact.algorithm === 'boostedTrees' ? artifact.trees.roots.length - 1 : 0,
    fitS: (fitted - start) / 1000,
    wholeS: (end - start) / 1000,
    cpuS: (user + system) / 1e6,
  }
}

// The model contract: a vector in, a calibrated score and its parts out; and how an artifact becomes one.

import type { Artifact, FeatureSpec, ModelBody } from './artifact.ts'
import { createCalibrator } from './calibration.ts'
import { createExplainer } from './contributions.ts'
import { createForestScorer } from './forest.ts'
import { createLinear } from './linear.ts'
import { createPredictor } from './predictor.ts'

export type {
  Artifact,
  Choice,
  Coordinate,
  Evaluation,
  FeatureSketch,
  FeatureSpec,
  ForestData,
  Interval,
  LinearData,
  LinearTerm,
  ModelBody,
  OperatingPoint,
  TreesData,
} from './artifact.ts'
export { createCalibrator } from './calibration.ts'
export { exportXgboostJson } from './export/xgboost.ts'
export { artifactDigest, decodeArtifact, encodeArtifact } from './file.ts'
export { createProjection, createWalk, type Walkable } from './forest.ts'
export { type ConvertedModel, convertModel } from './import/convert.ts'
export { type ImportedModel, type ImportOptions, importModel } from './import/importModel.ts'

export type Model = {
  readonly features: readonly FeatureSpec[]
  /** Before calibration, of one vector at `offset`: log-odds; of a forest, how far from the ordinary. */
  margin(vectors: Float32Array, offset?: number): number
  /** Calibrated probability of an anomaly, of one vector at `offset`. */
  score(vectors: Float32Array, offset?: number): number
  /** Scores of `rows` vectors that lie one after another, into `out`. */
  scoreMany(vectors: Float32Array, rows: number, out: Float64Array): void
  /** Exact parts of the margin: one per feature, then the bias; they add up to the margin. */
  contributions(vectors: Float32Array, offset?: number): Float64Array
  /** Monotone map from margin to score. */
  calibrate(margin: number): number
}

/** Readies an artifact (decoded, or fresh from training) for scoring. Pure: the same artifact gives the same scores. */
export function loadModel(artifact: Artifact): Model {
  const { features } = artifact
  const { margin, contributions } = loadBody(artifact, features)
  const calibrate = createCalibrator(artifact.calibration)
  const width = features.length
  return {
    features,
    margin,
    calibrate,
    score: (vectors, offset = 0) => calibrate(margin(vectors, offset)),
    scoreMany(vectors, rows, out) {
      for (let row = 0; row < rows; row++) out[row] = calibrate(margin(vectors, row * width))
    },
    contributions,
  }
}

/** Readies what a learner has learned, before calibration. */
export function loadBody(
  body: ModelBody,
  features: readonly FeatureSpec[],
): {
  margin(vectors: Float32Array, offset?: number): number
  contributions(vectors: Float32Array, offset?: number): Float64Array
} {
  switch (body.algorithm) {
    case 'boostedTrees':
      return {
        margin: createPredictor(body.trees, features),
        contributions: createExplainer(body.trees, features),
      }
    case 'linear':
      return createLinear(body.linear)
    case 'randomCutForest':
      return createForestScorer(body.forest)
  }
}

// The model contract: a vector in, a calibrated score and its parts out; and how an artifact becomes one.

import type { Artifact, FeatureSpec } from './artifact.ts'
import { createCalibrator } from './calibration.ts'
import { compilePredictor } from './compile.ts'
import { createPlainExplainer, type Explainer } from './contributions.ts'
import { compileExplainer } from './explain.ts'
import { createPlainPredictor } from './predictor.ts'

export type {
  Artifact,
  Evaluation,
  FeatureSketch,
  FeatureSpec,
  Interval,
  OperatingPoint,
  TreesData,
} from './artifact.ts'
export { createCalibrator } from './calibration.ts'
export { exportXgboostJson } from './export/xgboost.ts'
export { artifactDigest, decodeArtifact, encodeArtifact } from './file.ts'
export { type ConvertedModel, convertModel } from './import/convert.ts'
export { type ImportedModel, type ImportOptions, importModel } from './import/importModel.ts'

export type Model = {
  readonly features: readonly FeatureSpec[]
  /** Log-odds before calibration, of one vector at `offset`. */
  margin(vectors: Float32Array, offset?: number): number
  /** Calibrated probability of an anomaly, of one vector at `offset`. */
  score(vectors: Float32Array, offset?: number): number
  /** Scores of `rows` vectors that lie one after another, into `out`. */
  scoreMany(vectors: Float32Array, rows: number, out: Float64Array): void
  /** Exact TreeSHAP of the margin: one log-odds part per feature, then the bias; they add up to the margin. */
  contributions(vectors: Float32Array, offset?: number): Float64Array
  /** Monotone map from margin to score. */
  calibrate(margin: number): number
}

/** Readies an artifact (decoded, or fresh from training) for scoring. Pure: the same artifact gives the same scores. */
export function loadModel(artifact: Artifact): Model {
  const { features, trees } = artifact
  const { margin, margins } = compilePredictor(trees, features) ?? createPlainPredictor(trees, features)
  const calibrate = createCalibrator(artifact.calibration)
  return {
    features,
    margin,
    calibrate,
    score: (vectors, offset = 0) => calibrate(margin(vectors, offset)),
    scoreMany(vectors, rows, out) {
      margins(vectors, rows, out)
      for (let row = 0; row < rows; row++) out[row] = calibrate(out[row]!)
    },
    contributions: whenAsked(() => compileExplainer(trees, features) ?? createPlainExplainer(trees, features)),
  }
}

// Its tables are larger than the model, and a model that only scores (a challenger) never needs them.
function whenAsked(make: () => Explainer): Explainer {
  let made: Explainer | undefined
  return (vectors, offset) => {
    made ??= make()
    return made(vectors, offset)
  }
}

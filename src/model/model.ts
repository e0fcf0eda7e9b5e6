// The model contract: a vector in, a calibrated score and its parts out; and how an artifact becomes one.

import type { Artifact, FeatureSpec, ModelBody, TreesData } from './artifact.ts'
import { createCalibrator } from './calibration.ts'
import { compilePredictor } from './compile.ts'
import { createPlainExplainer, type Explainer } from './contributions.ts'
import { compileExplainer } from './explain.ts'
import { createForestScorer } from './forest.ts'
import { createLinear } from './linear.ts'
import { createPlainPredictor, inFloat64 } from './predictor.ts'

export type {
  Artifact,
  Baseline,
  BinShares,
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
  Money,
  OperatingPoint,
  TreesData,
} from './artifact.ts'
export { createCalibrator } from './calibration.ts'
export type { Derived, FeatureSource, MemorySpec } from './derived.ts'
export { exportOnnx } from './export/onnx.ts'
export { exportXgboostJson } from './export/xgboost.ts'
export { artifactDigest, decodeArtifact, encodeArtifact } from './file.ts'
export { createProjection, createWalk, type Walkable } from './forest.ts'
export {
  type ConvertedModel,
  checkConvertible,
  convertModel,
  type Dictionaries,
  splitByCategory,
} from './import/convert.ts'
export { type ImportedModel, type ImportOptions, importModel } from './import/importModel.ts'
export { countCover, inFloat64 } from './predictor.ts'

export type Model = {
  readonly features: readonly FeatureSpec[]
  /** Before calibration, of one vector at `offset`: log-odds; of a forest, how far from the ordinary. */
  margin(vectors: Float32Array, offset?: number): number
  /** Calibrated probability of an anomaly, of one vector at `offset`. */
  score(vectors: Float32Array, offset?: number): number
  /** Scores of `rows` vectors that lie one after another, into `out`. */
  scoreMany(vectors: Float32Array, rows: number, out: Float64Array): void
  /** Exact parts of the margin: one per feature, then the bias; they add up to the margin (of a model that was imported, but for its library's rounding to float32). */
  contributions(vectors: Float32Array, offset?: number): Float64Array
  /** Monotone map from margin to score. */
  calibrate(margin: number): number
}

/** Readies an artifact (decoded, or fresh from training) for scoring. Pure: the same artifact gives the same scores. */
export function loadModel(artifact: Artifact): Model {
  const { features } = artifact
  const { margin, margins, contributions } = loadBody(artifact, features)
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
    contributions,
  }
}

/** What a learner has learned, ready to score, before calibration. */
export type LoadedBody = {
  margin(vectors: Float32Array, offset?: number): number
  /** Margins of `rows` vectors that lie one after another, into `out`. */
  margins(vectors: Float32Array, rows: number, out: Float64Array): void
  contributions(vectors: Float32Array, offset?: number): Float64Array
}

export function loadBody(body: ModelBody, features: readonly FeatureSpec[]): LoadedBody {
  switch (body.algorithm) {
    case 'boostedTrees':
      return loadTrees(body.trees, features)
    case 'linear':
      return rowByRow(createLinear(body.linear), features.length)
    case 'randomCutForest':
      return rowByRow(createForestScorer(body.forest), features.length)
  }
}

function loadTrees(trees: TreesData, features: readonly FeatureSpec[]): LoadedBody {
  const exact = inFloat64(trees)
  const explainer = () => compileExplainer(exact, features) ?? createPlainExplainer(exact, features)
  return {
    ...(compilePredictor(trees, features) ?? createPlainPredictor(trees, features)),
    contributions: whenAsked(explainer),
  }
}

function rowByRow(body: Pick<LoadedBody, 'margin' | 'contributions'>, width: number): LoadedBody {
  return {
    ...body,
    margins: (vectors, rows, out) => {
      for (let row = 0; row < rows; row++) out[row] = body.margin(vectors, row * width)
    },
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

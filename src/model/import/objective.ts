// Name of an XGBoost objective in; how its base score becomes a margin, and its margins a prediction, out. All in float32.
//
// Source: xgboost src/objective/{regression_loss.h,multiclass_obj.cu}, src/common/math.h.

import { unsupported } from './fault.ts'
import type { Link } from './foreign.ts'

const f = Math.fround

export type Objective = {
  /** The base score is stored as a prediction; the sum of leaves starts from its margin. */
  baseMargin(score: number): number
  readonly link: Link
}

const identity: Objective = { baseMargin: f, link: (margins) => margins }

const logistic: Objective = {
  baseMargin(score) {
    const inside = Math.min(Math.max(f(score), f(1e-6)), f(1 - f(1e-6)))
    return -f(Math.log(f(f(1 / inside) - 1)))
  },
  link: each(logistic32),
}

const exponential: Objective = {
  baseMargin: (score) => f(Math.log(f(score))),
  link: each((margin) => f(Math.exp(margin))),
}

const softmax: Objective = { baseMargin: f, link: softmax32 }

const objectives: Readonly<Record<string, Objective>> = {
  'binary:logistic': logistic,
  'reg:logistic': logistic,
  'binary:logitraw': identity,
  'reg:squarederror': identity,
  'reg:linear': identity,
  'count:poisson': exponential,
  'reg:gamma': exponential,
  'reg:tweedie': exponential,
  'multi:softprob': softmax,
  'multi:softmax': softmax,
}

/** Throws `MODEL_IMPORT_UNSUPPORTED` for an objective whose link is not known here: a guessed one would be a wrong score. */
export function objectiveOf(name: string): Objective {
  const known = Object.hasOwn(objectives, name) ? objectives[name] : undefined
  if (!known)
    throw unsupported(
      `The XGBoost model has objective ${JSON.stringify(name.slice(0, 80))}`,
      `one of ${Object.keys(objectives).join(', ')}`,
    )
  return known
}

function each(link: (margin: number) => number): Link {
  return (margins) => margins.map(link)
}

function logistic32(margin: number): number {
  return f(1 / f(f(Math.exp(Math.min(-margin, f(88.7)))) + 1))
}

/** Softmax in float32, its sum in float64. */
export function softmax32(margins: Float64Array): Float64Array {
  const largest = Math.max(...margins)
  const parts = margins.map((margin) => f(Math.exp(f(margin - largest))))
  const sum = f(parts.reduce((total, part) => total + part, 0))
  return parts.map((part) => f(part / sum))
}

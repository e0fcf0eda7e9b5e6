// Trees that another library has grown and a labelled history in, an artifact out: calibrated, with an operating point, evaluated.

import type { Artifact, TreesData } from '../model/model.ts'
import { checkInput } from './input.ts'
import { marginsOf } from './learners.ts'
import { type JudgeInput, judged } from './train.ts'
import { rangeOf } from './trees.ts'

/**
 * The trees are not changed. The validation period calibrates them and chooses their threshold, the test period evaluates them: both
 * should be later than what they have learned from. Throws TocsinError `TRAIN_INPUT_INVALID`, `TRAIN_ONE_CLASS`,
 * `OPERATING_POINT_NEEDS_AMOUNT`.
 */
export function adopt(input: JudgeInput, trees: TreesData): Artifact {
  checkInput(input)
  const body = { algorithm: 'boostedTrees' as const, trees }
  const margins = marginsOf(body, input.features, input.columns, input.split.validationStart)
  return judged(input, { body, margins, range: rangeOf(trees), rounds: trees.roots.length - 1 })
}

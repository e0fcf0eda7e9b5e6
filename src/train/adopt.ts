// Trees that another library has grown and a labelled history in, an artifact out: calibrated, with an operating point, evaluated.

import { type Artifact, countCover, type TreesData } from '../model/model.ts'
import { checkInput } from './input.ts'
import { marginsOf } from './learners.ts'
import { type JudgeInput, judged } from './train.ts'
import { rangeOf } from './trees.ts'

/** Of rows that say how often each node is reached, where the file does not: spread evenly over the training period. */
const mostCountedCells = 10_000_000

/**
 * The splits and leaves are not changed. The validation period calibrates them and chooses their threshold, the test period evaluates them: both
 * should be later than what they have learned from. Where the file has no counts of training rows (`isCounted`), those of the history before
 * the validation period take their place, for contributions. Throws TocsinError `TRAIN_INPUT_INVALID`, `TRAIN_ONE_CLASS`,
 * `OPERATING_POINT_NEEDS_AMOUNT`.
 */
export function adopt(
  input: JudgeInput,
  { trees: found, isCounted }: { readonly trees: TreesData; readonly isCounted: boolean },
): Artifact {
  checkInput(input)
  const trees = isCounted ? found : { ...found, cover: countedOn(input, found) }
  const body = { algorithm: 'boostedTrees' as const, trees }
  const margins = marginsOf(body, input.features, input.columns, input.split.validationStart)
  return judged(input, { body, margins, range: rangeOf(trees), rounds: trees.roots.length - 1 })
}

function countedOn({ features, columns, weights, split }: JudgeInput, trees: TreesData): number[] {
  const step = Math.max(1, (split.validationStart * columns.length) / mostCountedCells)
  const rows = Array.from({ length: Math.floor(split.validationStart / step) }, (_, i) => Math.floor(i * step))
  const width = columns.length
  const vectors = new Float32Array(rows.length * width)
  for (const [place, column] of columns.entries())
    for (let i = 0; i < rows.length; i++) vectors[i * width + place] = column[rows[i]!]!
  return countCover(
    trees,
    features,
    vectors,
    rows.map((row) => weights[row]!),
  )
}

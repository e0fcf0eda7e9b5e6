// Every learner of ours in; the contract of a model checked.

import { train } from '../../src/train/train.ts'
import { smallHistory, smallOptions, smallWidth } from '../rig/history.ts'
import { type MakeModel, modelContract } from './model.ts'

const make =
  (algorithm: typeof smallOptions.algorithm): MakeModel =>
  ({ seed, order }) =>
    train({ ...smallHistory(3_000, 1, order), options: { ...smallOptions, algorithm, seed } })

modelContract('boosted trees', make('boostedTrees'), { width: smallWidth, isOrderFree: true })
modelContract('logistic regression', make('linear'), { width: smallWidth, isOrderFree: true })
modelContract('random cuts', make('randomCutForest'), { width: smallWidth, isOrderFree: false })

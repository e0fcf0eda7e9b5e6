// What may stand under `model:` and `operatingPoint:` in tocsin.yaml: how it learns, and from which score on it alerts.

import { z } from 'zod'

export const model = z
  .strictObject({
    algorithm: z
      .enum(['boostedTrees', 'linear', 'randomCutForest', 'auto'])
      .default('boostedTrees')
      .describe(
        'What learns. boostedTrees: the most accurate as a rule. linear: logistic regression, small and easy to read. randomCutForest: finds what is unlike the rest, without learning from labels; they only calibrate it. auto: trains all, takes the best of the validation period, or a simpler one that is level with it',
      ),
    seed: z.int().min(0).default(1).describe('The same seed, history and options give the same bytes'),
    maxTrees: z
      .int()
      .min(1)
      .max(5000)
      .default(500)
      .describe('A bound; the validation period says how many there are (earlyStoppingRounds)'),
    learningRate: z
      .number()
      .gt(0)
      .max(1)
      .default(0.05)
      .describe(
        'What each tree adds of what it has found. Less needs more trees, and is steadier where anomalies are few',
      ),
    maxDepth: z
      .int()
      .min(1)
      .max(16)
      .default(6)
      .describe('Tests between the root of a tree and a leaf at the most: how many features may play together'),
    maxLeafNodes: z
      .int()
      .min(2)
      .max(256)
      .default(16)
      .describe('Leaves of a tree: how finely it may cut. Fewer score faster'),
    maxBins: z
      .int()
      .min(3)
      .max(255)
      .default(255)
      .describe(
        'Ranges that a number is cut into before training, finest where the anomalies lie. Fewer are faster and coarser',
      ),
    minSamplesLeaf: z
      .int()
      .min(1)
      .default(10)
      .describe(
        'Rows in a leaf at the least; of the sampled rows where the history is large. Of linear: rows of a category that gets a coefficient of its own',
      ),
    l2Regularization: z
      .number()
      .min(0)
      .default(1)
      .describe('Draws leaves (boostedTrees) or coefficients (linear, of standardised numbers) towards 0'),
    l1Regularization: z.number().min(0).default(0).describe('Of linear: makes coefficients that tell little exactly 0'),
    forestTrees: z.int().min(1).max(1000).default(50).describe('Of randomCutForest'),
    forestSampleSize: z.int().min(2).max(2048).default(256).describe('Of randomCutForest: rows that each tree holds'),
    growth: z
      .enum(['leafWise', 'depthWise'])
      .default('leafWise')
      .describe(
        'Which leaf is split next. leafWise: the one that gains most, so that few leaves go where the anomalies are. depthWise: level by level; steadier where the history is small and noisy',
      ),
    subsample: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe(
        'Share of the training rows that search for the splits of a tree: all anomalies that are still missed, and the rest by how wrong the score is. Less is faster and makes trees differ more. Large histories are sampled in any case',
      ),
    colsampleByTree: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe(
        'Share of the features, drawn anew, that each tree may test. Less keeps one strong feature from hiding the others, and makes the model less brittle where that feature fails',
      ),
    monotone: z
      .record(z.string(), z.enum(['increasing', 'decreasing']))
      .default({})
      .describe(
        'Of boostedTrees: numeric features whose rise may only raise (increasing) or only lower (decreasing) the score, e.g. {amount: increasing}. For what a reviewer or a regulator takes for granted; keeps noise from being learned where data are thin',
      ),
    positiveWeight: z
      .number()
      .positive()
      .default(1)
      .describe(
        'What an anomaly counts, of a normal row’s 1. Calibration takes it back, so that scores stay probabilities; the operating point, not this, says how many alerts there are',
      ),
    bags: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe(
        'Of boostedTrees: how many models the score averages, each trained on redrawn weights. Steadier where anomalies are few; takes so many times as long to train and to score',
      ),
    earlyStoppingRounds: z
      .int()
      .min(1)
      .default(50)
      .describe('Of boostedTrees: training stops after so many trees without gain on the validation period'),
    stoppingModels: z
      .int()
      .min(1)
      .max(20)
      .default(3)
      .describe(
        'Of boostedTrees: where fewer than 1,000 anomalies judge, so many models on redrawn weights say together after how many trees to stop',
      ),
    refit: z
      .enum(['all', 'beforeTest', 'none'])
      .default('all')
      .describe(
        'What the model that serves has learned from at last. all: the whole history; the evaluation is that of a model made the same way without the test period. beforeTest: training and validation period, and the model that was evaluated serves. none: the training period alone',
      ),
    maxRows: z
      .int()
      .min(1000)
      .default(10_000_000)
      .describe(
        'Rows that training takes at most. Of a longer history all anomalies are kept, and of the normal rows a sample whose weights stand for all',
      ),
    maxMemoryGb: z
      .number()
      .positive()
      .default(8)
      .describe('What the columns of those rows may take while training reads them; a wide history is sampled sooner'),
    validationShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.2)
      .describe('Share of the history, by time, that stops and calibrates'),
    testShare: z.number().gt(0).lt(0.5).default(0.2).describe('Last share of the history, by time, that evaluates'),
  })
  .prefault({})

export const operatingPoint = z
  .union([
    z.strictObject({ alertsPerDay: z.number().positive().describe('How many alerts a team can review in a day') }),
    z.strictObject({
      precision: z.number().gt(0).lt(1).describe('Share of the alerts that are to be right: as many alerts as keep it'),
    }),
    z.strictObject({
      recall: z.number().gt(0).lt(1).describe('Share of the anomalies that are to be found: as few alerts as reach it'),
    }),
    z.strictObject({
      cost: z.strictObject({
        missed: z
          .union([z.literal('amount'), z.number().positive()])
          .describe('Cost of a missed anomaly: its amount, or a number'),
        review: z.number().positive().describe('Cost of reviewing one alert'),
      }),
    }),
  ])
  .prefault({ alertsPerDay: 50 })
  .describe(
    'From which score on it alerts: one of these four. It can be chosen anew without training (console, Models)',
  )

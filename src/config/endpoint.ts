// What may stand under `endpoint:` in tocsin.yaml: who answers at the scoring doors, and how.

import { z } from 'zod'
import { column, name } from './values.ts'

export const endpoint = z
  .strictObject({
    name: name.optional().describe('What SageMaker clients call EndpointName; the detector’s name where absent'),
    variants: z
      .array(
        z.strictObject({
          name,
          model: z.union([z.enum(['champion', 'challenger']), z.int().min(1)]).describe('An alias, or a version'),
          weight: z.number().min(0).default(1).describe('Share of the requests: weight / sum of weights'),
          isShadow: z.boolean().default(false).describe('Scores what others answer, is stored, and never answers'),
        }),
      )
      .min(1)
      .max(10)
      .default([{ name: 'champion', model: 'champion', weight: 1, isShadow: false }])
      .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'names that differ')
      .refine((all) => all.some((one) => !one.isShadow && one.weight > 0), 'one variant that answers')
      .describe('Who answers at the scoring doors; an entity stays with its variant'),
    rollBack: z
      .strictObject({
        isAutomatic: z.boolean().default(true).describe('false: a champion stays until somebody puts it back'),
        alertRateFactor: z.number().min(1).default(4).describe('How far the alert rate may be from the evaluation’s'),
        failureRate: z.number().min(0).max(1).default(0.01).describe('Share of events that may fail to be scored'),
        afterEvents: z.int().min(1).default(1000).describe('Nothing is judged before'),
        untilEvents: z.int().min(1).default(50_000).describe('A champion that has come so far stays'),
      })
      .prefault({})
      .describe('When a new champion makes way for the one before it'),
    algorithm: z
      .enum(['xgboost', 'linearLearner', 'randomCutForest'])
      .optional()
      .describe('Whose answers SageMaker’s doors give; by what the model has learned where absent'),
    csvJoin: z
      .enum(['newline', 'comma'])
      .default('newline')
      .describe('xgboost, text/csv: predictions on lines, or on one line as containers before April 2022'),
    output: z
      .array(
        z.enum([
          'predicted_label',
          'labels',
          'probability',
          'probabilities',
          'raw_score',
          'raw_scores',
          'predicted_score',
        ]),
      )
      .default([])
      .describe('xgboost: what SAGEMAKER_INFERENCE_OUTPUT says there'),
    labelThreshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Predicted labels are 1 above it (SageMaker: 0.5); by the operating point where absent'),
    maxBodyBytes: z
      .int()
      .min(1024)
      .default(6 * 1024 * 1024)
      .describe('Largest body of SageMaker’s doors'),
    capture: z
      .strictObject({
        dir: z.string().optional().describe('Folder of the files; `capture` in dataDir where absent'),
        samplingPercentage: z.number().min(0).max(100).default(100).describe('Share of the invocations'),
        mode: z.enum(['input', 'output', 'inputAndOutput']).default('inputAndOutput'),
        redact: z.array(column).default([]).describe('Columns whose values are left out'),
        maxMegabytes: z.number().min(32).default(1000).describe('Beyond it the oldest files go'),
      })
      .optional()
      .describe('Keeps invocations of SageMaker’s doors and their answers, in the lines of its data capture'),
    deadlineMs: z.int().min(100).default(60_000).describe('Body and answer must be there by then'),
    maxWaitMs: z
      .number()
      .positive()
      .default(1000)
      .describe('What a burst may make a request wait before others get 429; under a standing queue 1/200 of it'),
  })
  .prefault({})

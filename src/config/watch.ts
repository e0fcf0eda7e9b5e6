// What may stand under `watch:` in tocsin.yaml: when Tocsin tells of itself that something is wrong.

import { z } from 'zod'
import { name } from './values.ts'

const minutes = z.number().positive()

export const watch = z
  .strictObject({
    canaryEveryMinutes: minutes
      .nullable()
      .default(5)
      .describe('A synthetic event goes the whole way so often, counted nowhere; null: never'),
    canaryMinutes: minutes.default(2).describe('Alarm where it has not come back after so long'),
    noEventsMinutes: minutes.nullable().default(null).describe('Alarm where no event came for so long; null: never'),
    noScoresMinutes: minutes.default(5).describe('Alarm where events wait and none was taken for so long'),
    lagRecords: z.int().min(1).default(10_000).describe('A lag below this is none'),
    lagMinutes: minutes.default(5).describe('Alarm where the lag grows for so long'),
    receiverMinutes: minutes.default(15).describe('Alarm where a receiver fails for so long'),
    reportMinutes: minutes.default(60).describe('Alarm where the daily report is late by so much'),
    driftIndex: z
      .number()
      .positive()
      .nullable()
      .default(0.25)
      .describe(
        'Alarm where the score, or a feature that weighs a twentieth or more, is so far from training over seven days (stability index); null: never',
      ),
    to: z.array(name).optional().describe('Receivers of alarms about Tocsin itself; all where absent'),
  })
  .prefault({})

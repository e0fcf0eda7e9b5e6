// Events in, what the champion says of them out; nothing is stored, and no alert raised.

import { z } from 'zod'
import { nearestName, TocsinError } from '../../core/error.ts'
import { ScoreAnswer } from '../api.ts'
import { readEvents, refuseBad } from '../intake.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { decisionJson } from '../views.ts'
import { OneOrMoreEvents } from './events.ts'

export function scoreRoutes({ detector, scorer, clock }: Services): Route[] {
  return [
    jsonRoute({
      method: 'POST',
      path: '/v1/detectors/:name/score',
      theme: 'events',
      summary:
        'Scores events at once: one object or a list. Answers with one decision each, in order, and with reasons for those that would alert.',
      params: z.object({ name: z.string() }),
      documentedBody: OneOrMoreEvents,
      answer: ScoreAnswer,
      handle: async ({ params, request }) => {
        if (params.name !== detector) throw unknownDetector(params.name, detector)
        const champion = await scorer()
        if (!champion) throw noModel(detector)
        const events = refuseBad(readEvents(request.body, champion, clock.now()))
        // What is not refused was read.
        return { decisions: champion.decide(events.map(({ event }) => event!)).map(decisionJson) }
      },
    }),
  ]
}

function unknownDetector(name: string, detector: string): TocsinError {
  const near = nearestName(name, [detector])
  const advice = near ? `Did you mean "${near}"?` : `This server runs "${detector}".`
  return new TocsinError(
    'DETECTOR_UNKNOWN',
    `There is no detector "${name}"; expected one that this server runs. ${advice}`,
  )
}

function noModel(detector: string): TocsinError {
  const message = `Detector "${detector}" has no model yet; expected a champion. Make one with: tocsin train history.csv`
  return new TocsinError('MODEL_MISSING', message)
}

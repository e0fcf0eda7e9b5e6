// SageMaker's contract of a container as doors: invocations, health, and its limits for batch transform.

import { type Answer, type Door, json, text } from './door.ts'
import { type ContainerParts, chooseFor, invoke, refuseAsContainer } from './invoke.ts'
import { answerSolution, isSolution } from './solution.ts'
import type { Variants } from './variants.ts'

/** How many requests and what size batch transform may send at once. */
const executionParameters = { MaxConcurrentTransforms: 8, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 }

export function containerDoors(parts: ContainerParts): Door[] {
  const common = { guard: 'token' as const, refuse: refuseAsContainer }
  return [
    {
      ...common,
      method: 'POST',
      path: '/invocations',
      summary: 'Rows in, scores out, as a SageMaker container.',
      answer: (ask) =>
        isSolution(ask) ? answerSolution(ask, parts) : invoke(ask, parts, chooseFor(ask, parts.variants)),
    },
    {
      ...common,
      method: 'POST',
      path: '/prod/invocations',
      summary: 'As API Gateway of the AWS fraud solution.',
      answer: (ask) => answerSolution(ask, parts),
    },
    {
      ...common,
      guard: 'open',
      method: 'GET',
      path: '/ping',
      summary: 'Healthy as a SageMaker container: a model is loaded.',
      answer: () => ping(parts.variants),
    },
    {
      ...common,
      guard: 'open',
      method: 'GET',
      path: '/execution-parameters',
      summary: 'Limits for batch transform.',
      answer: () => json(executionParameters),
    },
  ]
}

function ping(variants: Variants): Answer {
  variants.choose(undefined)
  return text('', 'text/plain')
}

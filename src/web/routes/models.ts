// Versions and their figures out; a promotion in.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import type { ListedModel } from '../../registry/registry.ts'
import { ModelList, PromoteAnswer, PromoteBody, RollBackBody, ShadowScoreList, VariantList } from '../api/models.ts'
import { jsonRoute, type Route } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'
import { Limit } from './parameters.ts'

const EvaluationJson = z.record(z.string(), z.unknown())

export function modelRoutes({ registry, variants, store, detector }: Services): Route[] {
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/models',
      theme: 'models',
      summary: 'Versions of the model with their figures, newest first.',
      answer: ModelList,
      handle: async () => ({ models: (await registry.list()).map(modelJson).reverse() }),
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/models/:version/promote',
      theme: 'models',
      summary: 'Gives a version the alias: the champion decides from the next batch on.',
      params: z.object({ version: z.coerce.number().int().min(1) }),
      body: PromoteBody,
      answer: PromoteAnswer,
      handle: async ({ params: { version }, body: { alias, reason } }) => {
        const versions = (await registry.list()).map((model) => model.version)
        if (!versions.includes(version)) throw unknownModel(version, versions)
        await registry.promote(version, alias, reason)
        return { version, alias }
      },
    }),
    jsonRoute({
      method: 'POST',
      path: '/v1/models/rollback',
      theme: 'models',
      summary: 'Makes the champion before this one champion again: it decides from the next request and batch on.',
      body: RollBackBody,
      answer: PromoteAnswer,
      handle: async ({ body: { reason } }) => ({
        version: await registry.rollBack(reason),
        alias: 'champion' as const,
      }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/variants',
      theme: 'models',
      summary: 'Who answers at the scoring doors, and what each has done since the process began.',
      answer: VariantList,
      handle: async () => ({ variants: variants.counts() }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/shadow-scores',
      theme: 'models',
      summary: 'What shadow variants would have said, beside what was answered; newest first.',
      query: z.strictObject({ limit: Limit }),
      answer: ShadowScoreList,
      handle: async ({ query: { limit } }) => ({
        shadowScores: (await store.shadowScores(detector, limit)).map((one) => ({
          ...one,
          scoredAt: iso(one.scoredAt),
        })),
      }),
    }),
  ]
}

function modelJson({ version, digest, createdAt, aliases, evaluation }: ListedModel) {
  return {
    ...{ version, digest, aliases },
    createdAt: iso(createdAt),
    evaluation: EvaluationJson.parse(JSON.parse(evaluation)),
  }
}

function unknownModel(version: number, versions: readonly number[]): TocsinError {
  const known =
    versions.length === 0 ? 'There is none yet: tocsin train makes one.' : `There are: ${versions.join(', ')}.`
  return new TocsinError('MODEL_UNKNOWN', `There is no version ${version}; expected one of this detector. ${known}`)
}

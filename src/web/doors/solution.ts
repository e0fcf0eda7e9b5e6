// The AWS fraud solution's own request in, its answer out: `{"data": "1,2,3", "metadata": [time, id, source]}` and `?model=`.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { parseJson } from '../body.ts'
import { type Answer, type Ask, json } from './door.ts'
import { type ContainerParts, scoresOf } from './invoke.ts'
import { csvRows, eventsOf } from './rows.ts'
import type { Variant, Variants } from './variants.ts'

const models = ['anomaly_detector', 'fraud_classifier'] as const
type ModelName = (typeof models)[number]

const Body = z.object({
  data: z.string(),
  metadata: z.array(z.string()).min(1),
  model: z.enum(models).or(z.literal('')).default(''),
})

/** Whether a request to `/invocations` is the solution's: it names a model in the query, or its body begins with the solution's members. */
export function isSolution({ query, body, headers }: Ask): boolean {
  if (query.has('model')) return true
  if (!headers['content-type']?.includes('json')) return false
  return /^\s*\{\s*"(data"\s*:\s*"|metadata")/.test(body.toString('latin1', 0, 200))
}

/** Both models where none is named. Throws `SOLUTION_BODY_INVALID`. */
export async function answerSolution(ask: Ask, parts: ContainerParts): Promise<Answer> {
  const { data, metadata, model } = readBody(ask)
  const wanted = model === '' ? models : [model]
  const [time, id = metadata.join(',')] = metadata
  const fallback = { id, time: timeOf(time!, parts.clock.now()) }
  const said: [ModelName, object][] = []
  for (const name of wanted) said.push([name, await say(name, fallback, data, parts)])
  return json(Object.fromEntries(said))
}

function readBody({ body, query }: Ask): z.infer<typeof Body> {
  const value = parseJson(body, 'JSON_MALFORMED', 'the body')
  const named = query.has('model') && typeof value === 'object' ? { ...value, model: query.get('model') } : value
  const result = Body.safeParse(named)
  if (result.success) return result.data
  const found = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; ')
  const expected = `{"data": "1,2,…", "metadata": ["2026-11-22 12:00:00", "id", "Web"]} and ?model=${models.join('|')}, or none for both`
  throw new TocsinError('SOLUTION_BODY_INVALID', `${found}; expected ${expected}.`)
}

async function say(
  name: ModelName,
  fallback: { id: string; time: number },
  data: string,
  parts: ContainerParts,
): Promise<object> {
  const variant = variantFor(name, fallback.id, parts.variants)
  const rows = csvRows(data.trim())
  if (rows.length !== 1)
    throw new TocsinError('ROW_WIDTH_WRONG', `"data" holds ${rows.length} rows; expected one. Send one at a time.`)
  const events = eventsOf(rows, variant.scorer, () => fallback)
  const isDetector = name === 'anomaly_detector'
  const [said] = await scoresOf(events, variant, parts.variants, isDetector)
  const { score, shown } = said!
  if (isDetector) return { score: shown }
  // Where 0.5 is asked for, the solution counts exactly 0.5 as fraud.
  const threshold = parts.settings.labelThreshold ?? variant.scorer.artifact.operatingPoint.threshold
  return { pred_proba: score, prediction: score >= threshold ? 1 : 0 }
}

// The anomaly detector was a random cut forest: one of the variants may be, too.
function variantFor(name: ModelName, key: string, variants: Variants): Variant {
  const chosen = variants.choose(key)
  if (name === 'fraud_classifier') return isForest(chosen) ? (otherThan(isForest, variants) ?? chosen) : chosen
  return variants.answering().find(isForest) ?? chosen
}

function otherThan(is: (variant: Variant) => boolean, variants: Variants): Variant | undefined {
  return variants.answering().find((variant) => !is(variant))
}

function isForest({ scorer }: Variant): boolean {
  return scorer.artifact.algorithm === 'randomCutForest'
}

// Written without a time zone; of use only where the rows have no time of their own.
function timeOf(text: string, now: number): number {
  const time = Date.parse(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(time) ? now : time
}

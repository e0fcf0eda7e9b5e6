// What a SageMaker container does with an invocation: a body of rows in, the built-in algorithm's answer out.

import { randomUUID } from 'node:crypto'
import { TocsinError } from '../../core/error.ts'
import type { Event } from '../../core/event.ts'
import { statusOf } from '../problem.ts'
import { type Algorithm, type AnswerOptions, answerOf } from './algorithms.ts'
import { type Answer, type Ask, after, text } from './door.ts'
import { type MediaType, mediaType } from './mediaType.ts'
import { plainVectors } from './plainRows.ts'
import { eventsOf, readRows } from './rows.ts'
import { scoreVectors, scoreWith, type Variant, type Variants } from './variants.ts'

export type EndpointSettings = Omit<AnswerOptions, 'algorithm'> & {
  /** Answers as this one does; by what the variant has learned where absent. */
  readonly algorithm?: Algorithm | undefined
  /** Labels say 1 above it; where absent, from the model's operating point on. */
  readonly labelThreshold?: number | undefined
}

export type ContainerParts = {
  readonly variants: Variants
  readonly settings: EndpointSettings
  readonly clock: { now(): number }
  /** Told of each answered invocation; returns at once. */
  readonly capture?: ((captured: Captured) => void) | undefined
}

/** An invocation with its answer, before either is put into words. */
export type Captured = {
  readonly variant: Variant
  readonly contentType: string
  readonly body: Buffer
  readonly answer: Answer
  readonly inferenceId: string | undefined
}

/** One variant for the whole request: that of its session or inference, else any. */
export function chooseFor({ headers }: Ask, variants: Variants, target?: string): Variant {
  const key = headers['x-amzn-sagemaker-session-id'] ?? headers['x-amzn-sagemaker-inference-id']
  return variants.choose(key === undefined ? undefined : String(key), target)
}

/** Rows of any type that SageMaker's containers read → the answer that Accept and the settings ask for. */
export function invoke(ask: Ask, parts: ContainerParts, variant: Variant): Answer | Promise<Answer> {
  const { settings } = parts
  const algorithm = settings.algorithm ?? algorithmOf(variant)
  if (ask.body.length === 0) return emptyAnswer(algorithm)
  const media = contentType(ask, algorithm)
  return after(saidOf(ask, media, parts, variant, algorithm), (all) => {
    const scored = all.map((one) => ({ score: one.shown, isAnomaly: isAnomaly(one.score, variant, settings) }))
    const answer = answerOf(scored, ask.headers.accept, optionsOf(settings, algorithm))
    parts.capture?.(capturedOf(ask, variant, answer))
    return answer
  })
}

function capturedOf({ headers, body }: Ask, variant: Variant, answer: Answer): Captured {
  const id = headers['x-amzn-sagemaker-inference-id']
  const inferenceId = id === undefined ? undefined : String(id)
  return { variant, contentType: headers['content-type'] ?? '', body, answer, inferenceId }
}

const made = new WeakMap<EndpointSettings, Map<Algorithm, AnswerOptions>>()

// The same object each time, by which what is made of it is known again.
function optionsOf(settings: EndpointSettings, algorithm: Algorithm): AnswerOptions {
  const known = made.get(settings) ?? new Map<Algorithm, AnswerOptions>()
  if (known.size === 0) made.set(settings, known)
  const options = known.get(algorithm) ?? { ...settings, algorithm }
  known.set(algorithm, options)
  return options
}

function saidOf(
  ask: Ask,
  media: MediaType,
  { variants, clock }: ContainerParts,
  variant: Variant,
  algorithm: Algorithm,
): readonly Said[] | Promise<readonly Said[]> {
  const events = () => readEvents(ask, media, variant, clock.now())
  const isForest = algorithm === 'randomCutForest'
  const vectors = isForest ? undefined : plainVectors(media.type, ask.body, variant.scorer)
  if (!vectors) return scoresOf(events(), variant, variants, isForest)
  const scores = scoreVectors(variants, variant, vectors, events)
  const said: Said[] = []
  for (let row = 0; row < scores.length; row++) said.push({ score: scores[row]!, shown: scores[row]! })
  return said
}

function readEvents({ headers, body }: Ask, media: MediaType, { scorer }: Variant, time: number): readonly Event[] {
  const rows = readRows(media, body)
  const id = String(headers['x-amzn-sagemaker-inference-id'] ?? randomUUID())
  return eventsOf(rows, scorer, (i) => ({ id: rows.length === 1 ? id : `${id}-${i}`, time }))
}

type Said = {
  readonly score: number
  /** The score; of a forest, where its own is wanted, how far from the ordinary. */
  readonly shown: number
}

/** Throws `SCORE_INVALID`, and tells the variants. */
export function scoresOf(
  events: readonly Event[],
  variant: Variant,
  variants: Variants,
  isForestWanted = false,
): readonly Said[] | Promise<readonly Said[]> {
  const { scorer } = variant
  const isForest = isForestWanted && scorer.artifact.algorithm === 'randomCutForest'
  const width = scorer.artifact.features.length
  return scoreWith(variants, variant, events, (vectors) => {
    const scores = scorer.score(events, vectors)
    const margin = (event: Event, row: number) =>
      scorer.margin(event, vectors?.subarray(row * width, (row + 1) * width))
    const shown = isForest ? events.map(margin) : scores
    return { scores, answer: Array.from(scores, (score, row) => ({ score, shown: shown[row]! })) }
  })
}

// XGBoost's label is 1 above one half, not at it.
function isAnomaly(score: number, { scorer }: Variant, { labelThreshold }: EndpointSettings): boolean {
  return labelThreshold === undefined ? score >= scorer.artifact.operatingPoint.threshold : score > labelThreshold
}

function algorithmOf({ scorer }: Variant): Algorithm {
  const { algorithm } = scorer.artifact
  return algorithm === 'boostedTrees' ? 'xgboost' : algorithm === 'linear' ? 'linearLearner' : algorithm
}

function contentType({ headers }: Ask, algorithm: Algorithm): MediaType {
  const media = mediaType(headers['content-type'])
  if (!media) return { type: algorithm === 'xgboost' ? 'text/libsvm' : 'text/csv', parameters: new Map() }
  const labels = media.parameters.get('label_size')
  // XGBoost's container refuses any number of labels but one, which is its default and which it does not read here; the others say 0.
  const right = algorithm === 'xgboost' ? '1' : '0'
  if (labels === undefined || labels === right) return media
  const message = `label_size is ${labels.slice(0, 20)}; expected ${right}, or none at all, and rows without their label.`
  throw new TocsinError('CONTENT_TYPE_UNSUPPORTED', message)
}

function emptyAnswer(algorithm: Algorithm): Answer {
  if (algorithm === 'xgboost') return { status: 204, headers: {}, body: '' }
  throw new TocsinError('BODY_EMPTY', 'The body is empty; expected rows. Send at least one.')
}

const unread = new Set([
  'CONTENT_TYPE_UNSUPPORTED',
  'CONTENT_ENCODING_UNSUPPORTED',
  'CONTENT_ENCODING_WRONG',
  'CSV_MALFORMED',
  'JSON_MALFORMED',
  'LIBSVM_MALFORMED',
  'INSTANCES_INVALID',
  'BODY_NOT_TEXT',
])

/** A container says plain words. */
export function refuseAsContainer(error: TocsinError): Answer {
  const isOfRows = error.code.startsWith('EVENT_') || error.code === 'ROW_WIDTH_WRONG'
  const words = isOfRows ? `Unable to evaluate payload provided: ${error.message}` : error.message
  return text(words, 'text/plain; charset=utf-8', containerStatus(error.code, isOfRows))
}

function containerStatus(code: string, isOfRows: boolean): number {
  if (isOfRows) return 400
  if (unread.has(code)) return 415
  return statusOf(code)
}

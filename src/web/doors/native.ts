// Events in, what the detector says of them out: score, outcome, reasons, and who decided; on demand they also go the stream's way.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { stableId } from '../../core/digest.ts'
import { nearestName, TocsinError } from '../../core/error.ts'
import type { Event, EventSchema } from '../../core/event.ts'
import type { Stream } from '../../stream/stream.ts'
import { EventBody, ScoreAnswer } from '../api/events.ts'
import { jsonType, linesType, parseJson } from '../body.ts'
import { refuseBad } from '../intake.ts'
import { problemOf, problemType } from '../problem.ts'
import { type Answer, type Ask, after, type Door, json, text } from './door.ts'
import { accepted, mediaType } from './mediaType.ts'
import { decode, jsonLines, recordsOf } from './rows.ts'
import { scoreWith, type Variant, type Variants } from './variants.ts'

type NativeParts = {
  readonly detector: string
  readonly variants: Variants
  readonly stream: Pick<Stream, 'append'>
  readonly clock: { now(): number }
}

type Decided = z.infer<typeof ScoreAnswer>['decisions'][number]

export function nativeDoors(parts: NativeParts): Door[] {
  return [
    {
      guard: 'token',
      method: 'POST',
      path: '/v1/detectors/:name/score',
      summary:
        'Scores events at once: one JSON object or a list, one object a line, or CSV with a header. Answers with one decision each, in order, and with reasons for those that would alert. Nothing is stored; with record=true the events also go the stream’s way, once for each event id.',
      documented: {
        theme: 'events',
        params: z.object({ name: z.string() }),
        query: Query,
        body: z.union([EventBody, z.array(EventBody)]),
        consumes: [jsonType, linesType, csvType],
        answer: ScoreAnswer,
      },
      answer: (ask) => answer(ask, parts),
      refuse: refuseAsProblem,
    },
  ]
}

const csvType = 'text/csv'
const Query = z.strictObject({ record: z.enum(['true', 'false']).default('false') })

function refuseAsProblem(error: TocsinError): Answer {
  const problem = problemOf(error)
  return { ...json(problem, problem.status), headers: { 'content-type': problemType } }
}

function answer(ask: Ask, { detector, variants, stream, clock }: NativeParts): Answer | Promise<Answer> {
  const [name = ''] = ask.places
  if (name !== detector) throw unknownDetector(name, detector)
  const isRecorded = readQuery(ask.query) === 'true'
  const type = accepted(ask.headers.accept, [jsonType, linesType, 'application/jsonlines'])
  if (type === undefined) throw unacceptable(ask.headers.accept)
  const [reader] = variants.answering()
  // Throws what says that there is none.
  const { scorer } = reader ?? variants.choose(undefined)
  const time = clock.now()
  const read = valuesOf(ask, scorer.artifact.schema).map((value) => parsed(value, scorer, time))
  const events = refuseBad(read).map(({ event }) => event!)
  if (isRecorded && scorer.artifact.schema.id === null) throw nothingNamesEvents()
  return after(decide(events, read, variants, detector), (decisions) => {
    const answered = type === jsonType ? json({ decisions }) : text(linesOf(decisions), type)
    return isRecorded ? record(events, read, stream).then(() => answered) : answered
  })
}

// Nearly no request has a query.
function readQuery(query: URLSearchParams): string {
  if (query.size === 0) return 'false'
  const result = Query.safeParse(Object.fromEntries(query))
  if (result.success) return result.data.record
  const details = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the query'}: ${message}`)
  throw new TocsinError(
    'QUERY_INVALID',
    `In the query, ${details.join('; ')}. Mend it; /openapi.json says what is expected.`,
  )
}

type Parsed = { readonly value: unknown; readonly event: Event | undefined; readonly error: TocsinError | undefined }

function parsed(value: unknown, { parse }: Pick<Variant['scorer'], 'parse'>, time: number): Parsed {
  try {
    return { value, event: parse(value, { id: randomUUID(), time }), error: undefined }
  } catch (error) {
    if (!(error instanceof TocsinError)) throw error
    return { value, event: undefined, error }
  }
}

function valuesOf({ headers, body }: Ask, schema: EventSchema): readonly unknown[] {
  const type = mediaType(headers['content-type'])?.type
  if (body.length === 0 && type !== undefined)
    throw new TocsinError('BODY_EMPTY', 'The body is empty; expected events. Send at least one.')
  switch (type) {
    case jsonType: {
      const value = parseJson(body, 'JSON_MALFORMED', 'the body')
      return Array.isArray(value) ? value : [value]
    }
    case linesType:
    case 'application/jsonlines':
      return jsonLines(decode(body))
    case csvType:
      return recordsOf(decode(body), schema)
    default:
      throw new TocsinError(
        'CONTENT_TYPE_UNSUPPORTED',
        `The content type is ${type ?? 'missing'}; expected ${jsonType}, ${linesType} or ${csvType}. Send one of them.`,
      )
  }
}

/** Each event by the variant of its entity. */
function decide(
  events: readonly Event[],
  read: readonly Parsed[],
  variants: Variants,
  detector: string,
): readonly Decided[] | Promise<readonly Decided[]> {
  const decisions = new Array<Decided>(events.length)
  const waiting: Promise<void>[] = []
  for (const [variant, places] of byVariant(events, variants)) {
    const own = places.map((place) => ownEvent(events[place]!, read[place]!, variant, variants))
    const done = after(decideWith(variant, own, variants), (decided) => {
      for (const [i, place] of places.entries()) decisions[place] = decisionJson(decided[i]!, variant.name, detector)
    })
    if (done instanceof Promise) waiting.push(done)
  }
  return waiting.length === 0 ? decisions : Promise.all(waiting).then(() => decisions)
}

type Scored = ReturnType<Variant['scorer']['decide']>[number]

function decisionJson(scored: Scored, variant: string, detector: string): Decided {
  const { event, score, threshold, outcome, modelVersion, reasons } = scored
  const decisionId = stableId('de', detector, event.id, String(modelVersion))
  return { eventId: event.id, decisionId, score, threshold, outcome, modelVersion, variant, reasons: [...reasons] }
}

function byVariant(events: readonly Event[], variants: Variants): Iterable<readonly [Variant, readonly number[]]> {
  const places = events.map((_, place) => place)
  return Map.groupBy(places, (place) => variants.choose(events[place]!.entity ?? events[place]!.id))
}

// The first variant has read it; another version may know other columns.
function ownEvent(event: Event, { value }: Parsed, variant: Variant, variants: Variants): Event {
  return variant === variants.answering()[0] ? event : variant.scorer.parse(value, event)
}

function decideWith(variant: Variant, events: readonly Event[], variants: Variants) {
  return scoreWith(variants, variant, events, (vectors) => {
    const decided = variant.scorer.decide(events, vectors)
    return { answer: decided, scores: decided.map(({ score }) => score) }
  })
}

async function record(events: readonly Event[], read: readonly Parsed[], stream: NativeParts['stream']): Promise<void> {
  const records = events.map(({ entity, id }, i) => ({
    key: entity ?? id,
    bytes: Buffer.from(JSON.stringify(read[i]!.value)),
  }))
  await stream.append(records)
}

function linesOf(decisions: readonly Decided[]): string {
  return decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('')
}

function unknownDetector(name: string, detector: string): TocsinError {
  const near = nearestName(name.slice(0, 100), [detector])
  const advice = near ? `Did you mean "${near}"?` : `This server runs "${detector}".`
  const found = `There is no detector "${name.slice(0, 100)}"; expected one that this server runs.`
  return new TocsinError('DETECTOR_UNKNOWN', `${found} ${advice}`)
}

function nothingNamesEvents(): TocsinError {
  const message =
    'The detector has no id column, so an event that is recorded twice would count twice; expected events.id. Set it, or post to /v1/events.'
  return new TocsinError('RECORD_NEEDS_ID', message)
}

function unacceptable(accept: string | undefined): TocsinError {
  const message = `Accept is ${accept?.slice(0, 100)}; expected ${jsonType} or ${linesType}. Ask for one of them.`
  return new TocsinError('ACCEPT_UNSUPPORTED', message)
}

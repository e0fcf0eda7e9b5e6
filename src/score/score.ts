// Records of a stream → events → decisions: validated, scored, held against the operating point, and explained where they alert.

import type { Decision, Reason } from '../core/decision.ts'
import { TocsinError } from '../core/error.ts'
import type { Event, EventSchema } from '../core/event.ts'
import { compileDeriver } from '../features/derive.ts'
import { compileVector, type FillVector } from '../features/features.ts'
import { eventRows } from '../features/rows.ts'
import type { Artifact, Model } from '../model/model.ts'
import { decodeJson } from './decode.ts'
import { createParser, type Fallback, type ParseOptions } from './parse.ts'
import { createPlainReader } from './plainEvent.ts'
import { createReasons } from './reasons.ts'

export type { Study } from './study.ts'

/** A decision before the loop has said where and when it fell. */
type Scored = Omit<Decision, 'detector' | 'partition' | 'position' | 'isLate'>

export type Scorer = {
  readonly modelVersion: number
  readonly artifact: ScorerOptions['artifact']
  /** Checks one flat object of a program or an HTTP body. Throws TocsinError `EVENT_…` with all problems at once. */
  parse(value: unknown, fallback: Fallback): Event
  /** As `parse`, straight from the bytes of an event that has nothing unusual; undefined where it must be parsed. Faster by far. */
  readPlain(bytes: Uint8Array, fallback: Fallback): Event | undefined
  /** As `parse`, of an object that has the model's features alone: neither id nor time, entity or amount. */
  parseFeatures(value: unknown, fallback: Fallback): Event
  /** Checks one record of a stream; an event without an id column is called `p<partition>-<position>`. Throws as `parse`, and `EVENT_NOT_JSON`. */
  decode(record: ScorableRecord): Event
  /**
   * One decision for each event, in order. `vectors` are theirs, one after another, where features remember what entities did
   * before; without those such a model can't score. Throws TocsinError `SCORE_INVALID` where a score is no probability, and
   * `FEATURES_NEED_MEMORY`.
   */
  decide(events: readonly Event[], vectors?: Float32Array): Scored[]
  /** Scores alone, in order: no reasons. Throws as `decide`. */
  score(events: readonly Event[], vectors?: Float32Array): Float64Array
  /** Scores of vectors that lie one after another. Throws `SCORE_INVALID`. */
  scoreVectors(vectors: Float32Array): Float64Array
  /** Before calibration: log-odds; of a forest, how far from the ordinary. */
  margin(event: Event, vector?: Float32Array): number
  /** What raised the event's score, strongest first, whether or not it alerts. */
  explain(event: Event, vector?: Float32Array): Reason[]
}

type ScorableRecord = {
  readonly bytes: Uint8Array
  readonly partition: number
  readonly position: number
  /** Stands for the event time where the schema has no time column, ms. */
  readonly appendedAt: number
}

export type ScorerOptions = ParseOptions & {
  readonly artifact: Pick<
    Artifact,
    'schema' | 'features' | 'derived' | 'operatingPoint' | 'sketches' | 'algorithm' | 'baseline'
  >
  readonly model: Model
  readonly modelVersion: number
}

/** Everything that scoring needs, compiled once for a model version. Pure: no clock, no I/O, no state between calls. */
export function createScorer(options: ScorerOptions): Scorer {
  const { artifact, model, modelVersion } = options
  const { threshold } = artifact.operatingPoint
  const width = artifact.features.length
  const plain = createPlainReader(artifact.schema)
  const plainColumns = plain && numberColumns(artifact)
  const fillFields = remembers(artifact) ? needsMemory : compileStateless(artifact)
  const fill = (event: Event, out: Float32Array, offset: number) => {
    if (!(plainColumns && plain.fill(event, plainColumns, out, offset))) fillFields(event, out, offset)
  }
  const hasId = artifact.schema.id !== null
  const parse = createParser(artifact.schema, options)
  const readPlain = (bytes: Uint8Array, fallback: Fallback) => plain?.read(bytes, fallback)
  const parseFeatures = createParser(featuresOnly(artifact.schema), options)
  const reasonsOf = createReasons(artifact.features, artifact.sketches, artifact.derived)

  const vectorsOf = (events: readonly Event[]) => {
    const vectors = new Float32Array(events.length * width)
    events.forEach((event, row) => {
      fill(event, vectors, row * width)
    })
    return vectors
  }

  const scoresOf = (vectors: Float32Array, rows: number, nameOf: (row: number) => string) => {
    const scores = new Float64Array(rows)
    model.scoreMany(vectors, rows, scores)
    for (let row = 0; row < rows; row++)
      if (!(scores[row]! >= 0 && scores[row]! <= 1)) throw invalid(scores[row]!, nameOf(row))
    return scores
  }
  const eventScores = (events: readonly Event[], vectors: Float32Array) =>
    scoresOf(vectors, events.length, (row) => `event ${events[row]!.id}`)

  return {
    modelVersion,
    artifact,
    parse,
    readPlain,
    parseFeatures,
    decode: ({ bytes, partition, position, appendedAt }) => {
      const fallback = { id: hasId ? '' : `p${partition}-${position}`, time: appendedAt }
      return readPlain(bytes, fallback) ?? parse(decodeJson(bytes), fallback)
    },
    decide: (events, vectors = vectorsOf(events)) => {
      const scores = eventScores(events, vectors)
      return events.map((event, row) => {
        const score = scores[row]!
        const outcome = score >= threshold ? 'alert' : 'pass'
        const vector = vectors.subarray(row * width, (row + 1) * width)
        const reasons = outcome === 'alert' ? reasonsOf(event.fields, model.contributions(vector), vector) : []
        return { event, score, threshold, outcome, modelVersion, vector, reasons }
      })
    },
    score: (events, vectors = vectorsOf(events)) => eventScores(events, vectors),
    scoreVectors: (vectors) => scoresOf(vectors, vectors.length / width, (row) => `row ${row}`),
    margin: (event, vector = vectorsOf([event])) => model.margin(vector),
    explain: (event, vector = vectorsOf([event])) => reasonsOf(event.fields, model.contributions(vector), vector),
  }
}

function remembers({ derived }: ScorerOptions['artifact']): boolean {
  return derived !== undefined && derived.memories.length > 0
}

type FillEvent = (event: Pick<Event, 'fields' | 'time'>, out: Float32Array, offset: number) => void

/** Places of the features among the schema's fields, where the vector is nothing but numbers as they came. */
function numberColumns({ schema, features, derived }: ScorerOptions['artifact']): readonly number[] | undefined {
  if (derived) return undefined
  const places = features.map(({ name, kind }) =>
    kind === 'number' ? schema.fields.findIndex((field) => field.name === name && field.kind === 'number') : -1,
  )
  return places.includes(-1) ? undefined : places
}

/** Vectors from events alone; of an artifact whose features remember nothing. */
export function compileStateless({
  schema,
  features,
  derived,
}: Pick<Artifact, 'schema' | 'features' | 'derived'>): FillEvent {
  if (!derived) {
    const fill: FillVector = compileVector(features)
    return (event, out, offset) => fill(event.fields, out, offset)
  }
  const rows = eventRows(schema)
  const deriver = compileDeriver({ features, derived, rows, memories: [], slots: [] })
  return (event, out, offset) => {
    rows.at(event.fields, event.time)
    deriver.fill(out, offset)
  }
}

function needsMemory({ id }: Event): never {
  const message = `event ${id} was to be scored by itself; expected what its entities did before, which this model's features need; score it through a running Tocsin or with tocsin score`
  throw new TocsinError('FEATURES_NEED_MEMORY', message)
}

// A row of numbers by their places (an endpoint's CSV) has no name and no time of its own.
function featuresOnly(schema: EventSchema): EventSchema {
  const fields = schema.fields.filter(({ name }) => schema.features.includes(name))
  return { ...schema, id: null, time: null, entity: null, amount: null, fields }
}

function invalid(score: number, name: string): TocsinError {
  const message = `${name} scored ${score}; expected a probability 0..1; roll back to another model version`
  return new TocsinError('SCORE_INVALID', message)
}

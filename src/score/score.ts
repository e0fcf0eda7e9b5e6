// Records of a stream → events → decisions: validated, scored, held against the operating point, and explained where they alert.

import type { Decision, Reason } from '../core/decision.ts'
import { TocsinError } from '../core/error.ts'
import type { Event, EventSchema } from '../core/event.ts'
import { compileVector } from '../features/features.ts'
import type { Artifact, Model } from '../model/model.ts'
import { decodeJson } from './decode.ts'
import { createParser, type Fallback, type ParseOptions } from './parse.ts'
import { createReasons } from './reasons.ts'

/** A decision before the loop has said where and when it fell. */
type Scored = Omit<Decision, 'detector' | 'partition' | 'position' | 'isLate'>

export type Scorer = {
  readonly modelVersion: number
  readonly artifact: ScorerOptions['artifact']
  /** Checks one flat object of a program or an HTTP body. Throws TocsinError `EVENT_…` with all problems at once. */
  parse(value: unknown, fallback: Fallback): Event
  /** As `parse`, of an object that has the model's features alone: neither id nor time, entity or amount. */
  parseFeatures(value: unknown, fallback: Fallback): Event
  /** Checks one record of a stream; an event without an id column is called `p<partition>-<position>`. Throws as `parse`, and `EVENT_NOT_JSON`. */
  decode(record: ScorableRecord): Event
  /** One decision for each event, in order. Throws TocsinError `SCORE_INVALID` where a score is no probability. */
  decide(events: readonly Event[]): Scored[]
  /** Scores alone, in order: no reasons. Throws as `decide`. */
  score(events: readonly Event[]): Float64Array
  /** Before calibration: log-odds; of a forest, how far from the ordinary. */
  margin(event: Event): number
  /** What raised the event's score, strongest first, whether or not it alerts. */
  explain(event: Event): Reason[]
}

type ScorableRecord = {
  readonly bytes: Uint8Array
  readonly partition: number
  readonly position: number
  /** Stands for the event time where the schema has no time column, ms. */
  readonly appendedAt: number
}

export type ScorerOptions = ParseOptions & {
  readonly artifact: Pick<Artifact, 'schema' | 'features' | 'operatingPoint' | 'sketches' | 'algorithm'>
  readonly model: Model
  readonly modelVersion: number
}

/** Everything that scoring needs, compiled once for a model version. Pure: no clock, no I/O, no state between calls. */
export function createScorer(options: ScorerOptions): Scorer {
  const { artifact, model, modelVersion } = options
  const { threshold } = artifact.operatingPoint
  const width = artifact.features.length
  const fill = compileVector(artifact.features)
  const parse = createParser(artifact.schema, options)
  const parseFeatures = createParser(featuresOnly(artifact.schema), options)
  const reasonsOf = createReasons(artifact.features, artifact.sketches)

  const vectorsOf = (events: readonly Event[]) => {
    const vectors = new Float32Array(events.length * width)
    events.forEach((event, row) => {
      fill(event.fields, vectors, row * width)
    })
    return vectors
  }

  const scoresOf = (events: readonly Event[], vectors: Float32Array) => {
    const scores = new Float64Array(events.length)
    model.scoreMany(vectors, events.length, scores)
    for (const [row, event] of events.entries()) check(scores[row]!, event)
    return scores
  }

  return {
    modelVersion,
    artifact,
    parse,
    parseFeatures,
    decode: ({ bytes, partition, position, appendedAt }) =>
      parse(decodeJson(bytes), { id: `p${partition}-${position}`, time: appendedAt }),
    decide: (events) => {
      const vectors = vectorsOf(events)
      const scores = scoresOf(events, vectors)
      return events.map((event, row) => {
        const score = scores[row]!
        const outcome = score >= threshold ? 'alert' : 'pass'
        const vector = vectors.subarray(row * width, (row + 1) * width)
        const reasons = outcome === 'alert' ? reasonsOf(event.fields, model.contributions(vector)) : []
        return { event, score, threshold, outcome, modelVersion, vector, reasons }
      })
    },
    score: (events) => scoresOf(events, vectorsOf(events)),
    margin: (event) => model.margin(vectorsOf([event])),
    explain: (event) => reasonsOf(event.fields, model.contributions(vectorsOf([event]))),
  }
}

// A row of numbers by their places (an endpoint's CSV) has no name and no time of its own.
function featuresOnly(schema: EventSchema): EventSchema {
  const fields = schema.fields.filter(({ name }) => schema.features.includes(name))
  return { ...schema, id: null, time: null, entity: null, amount: null, fields }
}

function check(score: number, event: Event): void {
  if (score >= 0 && score <= 1) return
  const message = `event ${event.id} scored ${score}; expected a probability 0..1; roll back to another model version`
  throw new TocsinError('SCORE_INVALID', message)
}

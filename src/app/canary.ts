// Every few minutes a synthetic event into the stream, and out when its message has come back: the proof that the whole way is open.

import { randomUUID } from 'node:crypto'
import { canaryReceiver, type Delivery } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import { stableId } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import type { Event, EventSchema, FieldValue } from '../core/event.ts'
import type { Receiver } from '../notify/receiver.ts'
import type { Scorer } from '../score/score.ts'
import type { Stream, StreamRecord } from '../stream/stream.ts'

/** How the last canary fares; times in ms. */
export type CanaryState = {
  readonly sentAt: number | null
  readonly heardAt: number | null
  /** From the stream to the sink. */
  readonly tookMs: number | null
  /** Why it could not be scored, where that is what stopped it. */
  readonly reason: string | null
}

export type Canary = {
  /** Takes canaries out of a batch: scored like events, kept and counted nowhere; each leads to a delivery in the batch's transaction. */
  readonly proof: (
    records: readonly LoopRecord[],
    scorer: CanaryScorer,
  ) => { readonly events: readonly LoopRecord[]; readonly deliveries: readonly Delivery[] }
  /** Where they end. */
  readonly sink: Receiver
  state(): CanaryState
  /** Why it could not be scored, where another thread has found that out. */
  refused(reason: string): void
  run(signal: AbortSignal): Promise<void>
}

type CanaryScorer = {
  decode(record: LoopRecord): Event
  decide(events: readonly Event[], vectors?: Float32Array): readonly Decided[]
  readonly memory?: object | undefined
}
type LoopRecord = Omit<StreamRecord, 'key'>
type Decided = { readonly score: number; readonly modelVersion: number }

export type CanaryOptions = {
  readonly detector: string
  readonly stream: Pick<Stream, 'append'>
  /** Undefined where there is no model: nothing could be scored. */
  readonly scorer: () => Promise<Pick<Scorer, 'artifact'> | undefined>
  readonly everyMs: number
  readonly clock: Clock
}

/** What a record begins with that is a canary; no event of a detector can, whose fields the schema names. */
const mark = Buffer.from('{"$canary":')

export function createCanary({ detector, stream, scorer, everyMs, clock }: CanaryOptions): Canary {
  let state: CanaryState = { sentAt: null, heardAt: null, tookMs: null, reason: null }
  let awaited: string | undefined

  const refused = (reason: string) => {
    state = { ...state, reason }
  }
  const send = async () => {
    const current = await scorer()
    if (!current) return
    const id = randomUUID()
    const event = canaryEvent(current.artifact.schema, { id, now: clock.now() })
    const width = current.artifact.features.length
    awaited = deliveryId(detector, id)
    state = { sentAt: clock.now(), heardAt: null, tookMs: null, reason: null }
    await stream.append([{ key: id, bytes: Buffer.from(JSON.stringify({ $canary: id, width, event })) }])
  }

  return {
    proof: canaryProof(detector, refused),
    refused,
    sink: {
      name: canaryReceiver,
      kind: 'canary',
      deliver: async ({ id }) => {
        const heardAt = clock.now()
        if (id === awaited) state = { ...state, heardAt, tookMs: heardAt - state.sentAt! }
        return { ok: true }
      },
      preview: () => ({ contentType: 'text/plain', body: 'a canary' }),
    },
    state: () => state,
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal)
        if (!signal.aborted) await send()
      }
    },
  }
}

/** `onRefused`: hears why a canary could not be scored. */
export function canaryProof(detector: string, onRefused: (reason: string) => void): Canary['proof'] {
  return (records, scorer) => {
    if (!records.some(isCanary)) return { events: records, deliveries: [] }
    const deliveries = records.filter(isCanary).flatMap((record) => {
      try {
        return [scored(detector, record, scorer)]
      } catch (error) {
        if (!(error instanceof TocsinError)) throw error
        onRefused(error.message)
        return []
      }
    })
    return { events: records.filter((record) => !isCanary(record)), deliveries }
  }
}

function isCanary({ bytes }: LoopRecord): boolean {
  return bytes.length > mark.length && mark.equals(bytes.subarray(0, mark.length))
}

// Throws as decode and decide do. What features remember stays untouched: their model gets a vector of zeros.
function scored(detector: string, record: LoopRecord, scorer: CanaryScorer): Delivery {
  const { $canary: id, width, event } = JSON.parse(Buffer.from(record.bytes).toString())
  const decoded = scorer.decode({ ...record, bytes: Buffer.from(JSON.stringify(event)) })
  const vector = scorer.memory ? [new Float32Array(width)] : []
  const [decision] = scorer.decide([decoded], ...vector)
  const text = `score ${decision!.score} by model version ${decision!.modelVersion}`
  const message = {
    kind: 'notice',
    detector,
    topic: 'canary',
    subject: 'A canary',
    text,
    at: record.appendedAt,
    urls: { page: '' },
  } as const
  const rest = { state: 'pending', attempts: 0, nextAttemptAt: record.appendedAt, reason: null } as const
  return { id: deliveryId(detector, String(id)), receiver: canaryReceiver, message, ...rest }
}

function deliveryId(detector: string, id: string): string {
  return stableId('canary', detector, id)
}

/** An event that the schema takes: zeros, and a category that nobody else uses. */
function canaryEvent(schema: EventSchema, { id, now }: { id: string; now: number }): Record<string, FieldValue> {
  const plain = { number: 0, category: 'canary', boolean: false }
  const event: Record<string, FieldValue> = Object.fromEntries(
    schema.fields.map(({ name, kind }) => [name, plain[kind]]),
  )
  if (schema.id !== null && event[schema.id] === 'canary') event[schema.id] = `canary-${id}`
  if (schema.time !== null) event[schema.time.column] = timeValue(schema.time, now)
  return event
}

function timeValue({ unit, origin }: NonNullable<EventSchema['time']>, now: number): FieldValue {
  if (unit === 'iso') return new Date(now).toISOString()
  const since = now - (origin === undefined ? 0 : Date.parse(origin))
  return { s: since / 1000, ms: since, us: since * 1000 }[unit]
}

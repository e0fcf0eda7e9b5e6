// A dead letter, as it is or mended, in; the same record in the stream again out, where the model can read it now.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Scorer } from '../score/score.ts'
import type { Store } from '../store/store.ts'
import type { Appended, Stream } from '../stream/stream.ts'

export type ReplayParts = {
  readonly store: Pick<Store, 'deadLetter' | 'markReplayed'>
  readonly stream: Pick<Stream, 'append'>
  readonly scorer: () => Promise<Pick<Scorer, 'decode'> | undefined>
  readonly detector: string
  readonly clock: Clock
}

export type ReplayDeadLetter = (id: number, mended?: Uint8Array) => Promise<Appended>

/**
 * In the stream when it resolves, then marked: a crash in between leaves it open, and replayed again its event id is stored once.
 * Throws `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_REPLAYED`, `MODEL_MISSING`, and what is still wrong with the record (`EVENT_…`).
 */
export function deadLetterReplayer({ store, stream, scorer, detector, clock }: ReplayParts): ReplayDeadLetter {
  return async (id, mended) => {
    const letter = await store.deadLetter(detector, id)
    if (!letter) throw unknown(detector, id)
    if (letter.replayedAt !== null) throw replayed(id, letter.replayedAt)
    const model = await scorer()
    if (!model) throw noModel()
    const bytes = mended ?? letter.bytes
    const event = model.decode({ ...letter, bytes, appendedAt: letter.storedAt })
    const [place] = await stream.append([{ key: event.entity ?? event.id, bytes }])
    await store.markReplayed(detector, id, clock.now())
    return place!
  }
}

function unknown(detector: string, id: number): TocsinError {
  return new TocsinError('DEAD_LETTER_UNKNOWN', `${detector} has no dead letter ${id}; expected a number of the list`)
}

function replayed(id: number, at: number): TocsinError {
  const when = new Date(at).toISOString()
  return new TocsinError(
    'DEAD_LETTER_REPLAYED',
    `dead letter ${id} was replayed at ${when}; a record is replayed once. If it failed again, it is a new dead letter`,
  )
}

function noModel(): TocsinError {
  return new TocsinError('MODEL_MISSING', 'there is no champion that could read the record; train or promote one first')
}

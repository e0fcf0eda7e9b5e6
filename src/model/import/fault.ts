// What is wrong with a foreign file in, the error that says so out: one code for each kind of fault.

import { TocsinError } from '../../core/error.ts'

/** The file ends before its content does. */
export function truncated(what: string, at: number): TocsinError {
  return new TocsinError(
    'MODEL_IMPORT_TRUNCATED',
    `The ${what} ends at byte ${at}, in the middle of its content; expected a whole file. Copy it again from where it came.`,
  )
}

/** The content contradicts itself or the format. */
export function corrupt(what: string, found: string, cause?: unknown): TocsinError {
  return new TocsinError(
    'MODEL_IMPORT_CORRUPT',
    `The ${what} is damaged: ${found}. Save the model again with the library that trained it, and copy it whole.`,
    { cause },
  )
}

/** Sound, but something that is not read here: `found` and what is expected instead. */
export function unsupported(found: string, expected: string): TocsinError {
  return new TocsinError('MODEL_IMPORT_UNSUPPORTED', `${found}; expected ${expected}.`)
}

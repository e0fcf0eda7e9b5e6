// Text of a JSON model in, its value out; the bare NaN and Infinity that XGBoost 1.x writes are numbers here.

import { corrupt } from './fault.ts'

// A whole string, which stays as it is, or a word that JSON lacks.
const stringOrWord = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

/** NaN becomes null, infinities stay. Throws `MODEL_IMPORT_CORRUPT`. */
export function parseModelJson(text: string): unknown {
  try {
    return JSON.parse(/NaN|Infinity/.test(text) ? text.replace(stringOrWord, standard) : text)
  } catch (cause) {
    // RangeError: a string too long for the regular expression's stack.
    if (cause instanceof SyntaxError || cause instanceof RangeError)
      throw corrupt('JSON model', `it is not JSON: ${cause.message}`, cause)
    throw cause
  }
}

// 1e999 is beyond the largest number, which JSON.parse reads as Infinity.
function standard(found: string): string {
  if (found.startsWith('"')) return found
  if (found.endsWith('NaN')) return 'null'
  return found.startsWith('-') ? '-1e999' : '1e999'
}

// A pickled XGBoost Booster in, the model object inside it out. The pickle is never run: it is only searched.
//
// A pickle is a program; whoever made it could do anything. What is wanted lies in it as one piece, the UBJSON that Booster
// gives as its state, and is found by its first bytes.

import { z } from 'zod'
import { unsupported } from './fault.ts'
import { parseUbjson } from './ubjson.ts'

// An object whose first key is Config, 6 letters long.
const start = Buffer.from([...Buffer.from('{L'), 0, 0, 0, 0, 0, 0, 0, 6, ...Buffer.from('Config')])
const snapshot = z.object({ Model: z.unknown() })

/** Throws `MODEL_IMPORT_UNSUPPORTED` where there is no Booster inside; what `parseUbjson` throws. */
export function modelInPickle(bytes: Uint8Array): unknown {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(start)
  const state = at < 0 ? undefined : snapshot.safeParse(parseUbjson(bytes.subarray(at)))
  if (!state?.success)
    throw unsupported(
      'The file is a Python pickle without an XGBoost Booster of version 1.7 or later',
      'such a Booster, or the file that save_model("model.json") writes',
    )
  return state.data.Model
}

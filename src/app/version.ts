// The version of this code, as the package says it.

import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** From package.json, which lies beside src in the repository and beside dist in the published package. */
export function codeVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version
}

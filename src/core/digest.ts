// Values → stable text and stable ids: the same value gives the same bytes everywhere.

import { createHash } from 'node:crypto'

/** SHA-256, lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** An id derived from what it names, so that doing the work twice names the same thing: `al_3f…` (24 hex digits). */
export function stableId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${sha256(parts.map((part) => `${part.length}:${part}`).join('')).slice(0, 24)}`
}

/** JSON with sorted keys and no white space; throws on NaN and infinities, which JSON would turn into null. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, held: unknown) => {
    if (typeof held === 'number' && !Number.isFinite(held)) throw new TypeError(`canonicalJson: ${key} is ${held}`)
    if (held === null || typeof held !== 'object' || Array.isArray(held)) return held
    return Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}

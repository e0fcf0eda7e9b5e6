// An error of PostgreSQL or of its connection in, what to do about it out: begin anew, wait, or tell a person.

import { TocsinError } from '../core/error.ts'
import { Overtaken } from './database.ts'

/** `again`: another transaction was in the way; `lost`: no connection now; `full`: no room on its disk. */
export type Trouble = 'again' | 'lost' | 'full'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const again = new Set(['40001', '40P01', '55P03'])
const lost = new Set([
  ...['57P01', '57P02', '57P03', '57P05', '53300', '25P03'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENOENT'],
])
// The client says these without a code.
const lostWords =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout/i

/** Undefined where trying again is of no use. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof Overtaken) return 'again'
  const code = codeOf(error)
  if (again.has(code)) return 'again'
  if (code === '53100') return 'full'
  if (code.startsWith('08') || lost.has(code)) return 'lost'
  return error instanceof Error && code === '' && lostWords.test(error.message) ? 'lost' : undefined
}

/** As the store's own error, where a person can do something about it; `address` without secrets. */
export function explained(error: unknown, address: string): unknown {
  const told = (code: string, message: string) => new TocsinError(code, message, { cause: error })
  const words = error instanceof Error ? error.message || codeOf(error) : String(error)
  switch (troubleOf(error)) {
    case 'full':
      return told('STORE_FULL', `PostgreSQL at ${address} has no room on its disk; nothing was written. Make room.`)
    case 'lost':
      return told('STORE_BUSY', `PostgreSQL at ${address} does not answer (${words}). Start it, or mend store.url.`)
    case 'again':
      return told('STORE_BUSY', `PostgreSQL at ${address} had too much at once (${words}); nothing was written.`)
  }
  if (/^28|^3D|^42501/.test(codeOf(error)))
    return told(
      'STORE_REFUSED',
      `PostgreSQL at ${address} refuses: ${words}. Mend store.url, or give that user its rights.`,
    )
  return error
}

function codeOf(error: unknown): string {
  // Several addresses of one name (IPv6 and IPv4) fail together.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

// A recorded oracle in, its model's bytes, rows and the library's own answers out. Made by the make_*.py beside it.

import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export type Fixture = {
  readonly library: string
  readonly columns: number
  readonly groups: number
  readonly model: Uint8Array
  readonly rows: Float64Array
  /** `groups` a row. */
  readonly margins: Float64Array
  readonly scores: Float64Array
  /** `columns + 1` a row: one part a column, then the bias. */
  readonly contributions: Float64Array | undefined
}

type Recorded = { [K in keyof Fixture]: Fixture[K] extends number | string ? Fixture[K] : string }

const directory = new URL('models/', import.meta.url)

export function fixtureNames(prefix: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
}

export function loadFixture(name: string): Fixture {
  const recorded = JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8')) as Recorded
  return {
    ...recorded,
    model: gunzipSync(Buffer.from(recorded.model, 'base64')),
    rows: doubles(gunzipSync(Buffer.from(recorded.rows, 'base64'))),
    margins: doubles(Buffer.from(recorded.margins, 'base64')),
    scores: doubles(Buffer.from(recorded.scores, 'base64')),
    contributions: recorded.contributions ? doubles(Buffer.from(recorded.contributions, 'base64')) : undefined,
  }
}

function doubles(bytes: Buffer): Float64Array {
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8))
}

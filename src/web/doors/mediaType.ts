// A content-type or accept header in, its type and parameters out.

export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> }

/** `text/csv; label_size=0` → `text/csv` and its parameters, in lower case; undefined where there is no header. */
export function mediaType(header: string | undefined): MediaType | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const known = common.get(header)
  if (known) return known
  const [type = '', ...rest] = header.toLowerCase().split(';')
  const pairs = rest.map((part) => part.split('=').map((side) => side.trim()))
  return { type: type.trim(), parameters: new Map(pairs.map(([name = '', value = '']) => [name, value])) }
}

/** The first accepted type that can be answered; the first that can where anything is accepted; undefined where none fits. */
export function accepted(header: string | undefined, can: readonly string[]): string | undefined {
  if (header === undefined || header.trim() === '') return can[0]
  for (const part of header.split(',')) {
    const wanted = mediaType(part)?.type
    if (wanted === '*/*') return can[0]
    const found = can.find((type) => type === wanted || wanted === `${type.split('/')[0]}/*`)
    if (found !== undefined) return found
  }
  return undefined
}

const none: ReadonlyMap<string, string> = new Map()
// What nearly every request sends need not be taken apart each time.
const common = new Map(
  ['application/json', 'text/csv', 'application/jsonlines', 'application/x-ndjson'].map((type) => [
    type,
    { type, parameters: none },
  ]),
)

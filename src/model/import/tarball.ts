// Bytes of a tar archive in, its regular files out.

import { corrupt, truncated } from './fault.ts'

export type ArchivedFile = { readonly name: string; readonly bytes: Uint8Array }

const block = 512

/** POSIX and GNU archives have this in their first header. */
export function isTar(bytes: Uint8Array): boolean {
  return field(bytes, 257, 5) === 'ustar'
}

/** Throws `MODEL_IMPORT_TRUNCATED`, `MODEL_IMPORT_CORRUPT`. */
export function filesInTar(bytes: Uint8Array): ArchivedFile[] {
  const files: ArchivedFile[] = []
  // An archive ends with blocks of zeros.
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + block)
    const size = octal(field(header, 124, 12))
    const from = at + block
    if (from + size > bytes.length) throw truncated('tar archive', bytes.length)
    const type = field(header, 156, 1)
    if (type === '' || type === '0')
      files.push({ name: field(header, 0, 100), bytes: bytes.subarray(from, from + size) })
    at = from + Math.ceil(size / block) * block
  }
  return files
}

function octal(text: string): number {
  if (!/^ *[0-7]+ *$/.test(text)) throw corrupt('tar archive', `a file's length is written ${JSON.stringify(text)}`)
  return Number.parseInt(text.trim(), 8)
}

// A field ends at its first zero byte.
function field(bytes: Uint8Array, from: number, length: number): string {
  return new TextDecoder('latin1').decode(bytes.subarray(from, from + length)).split('\0', 1)[0]!
}

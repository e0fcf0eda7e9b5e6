// Parts of a file in, the whole file on disk out; one that is not finished leaves nothing.

import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TocsinError } from '../core/error.ts'

/** A part of a file of so many bytes, which begins at `offset`; each begins where the one before ended. */
type UploadPart = {
  readonly name: string
  readonly bytes: number
  readonly offset: number
  readonly body: Uint8Array
}

export type Upload = {
  /** Resolves to the bytes so far, and the path once all are there. Throws `UPLOAD_…`: a part that is refused changes nothing. */
  add(part: UploadPart): Promise<{ readonly received: number; readonly path: string | null }>
  /** Removes whatever came. */
  clear(): Promise<void>
}

export type UploadOptions = {
  /** Holds one file at a time, and nothing else. */
  readonly dir: string
  readonly maxBytes: number
  /** A sender that is silent for so long has gone. */
  readonly silenceMs: number
  /** What came of an unfinished file was removed. */
  readonly onLost: () => void
}

const endings = /\.(csv|tsv|txt|csv\.gz|tsv\.gz|parquet|pq|json|jsonl|ndjson|jsonl\.gz|ndjson\.gz|json\.gz)$/i

export function openUpload({ dir, maxBytes, silenceMs, onLost }: UploadOptions): Upload {
  let held: { readonly name: string; readonly bytes: number; received: number } | undefined
  let silence: NodeJS.Timeout | undefined

  const clear = async () => {
    clearTimeout(silence)
    held = undefined
    await rm(dir, { recursive: true, force: true })
  }

  const write = async ({ name, bytes, offset, body }: UploadPart) => {
    const path = join(dir, name)
    if (offset === 0) {
      await clear()
      await mkdir(dir, { recursive: true })
      held = { name, bytes, received: 0 }
      await writeFile(path, body, { mode: 0o600 })
    } else await appendFile(path, body)
    held!.received = offset + body.length
    return { received: held!.received, path: held!.received === bytes ? path : null }
  }

  // One after another: two parts at once would mix.
  let last: Promise<unknown> = Promise.resolve()
  const add: Upload['add'] = async (part) => {
    check(part, held, maxBytes)
    clearTimeout(silence)
    const written = await write({ ...part, name: safeName(part.name) }).catch(async (cause: unknown) => {
      // What cannot be written, perhaps cannot be removed.
      await clear().catch(() => undefined)
      throw notWritten(part.name, cause)
    })
    if (written.path === null) silence = setTimeout(() => void clear().then(onLost), silenceMs).unref()
    return written
  }
  return {
    add: (part) => {
      const added = last.then(() => add(part))
      last = added.catch(() => undefined)
      return added
    },
    clear,
  }
}

type Held = { readonly name: string; readonly bytes: number; readonly received: number } | undefined

function check({ name, bytes, offset, body }: UploadPart, held: Held, maxBytes: number): void {
  if (!endings.test(name))
    throw new TocsinError(
      'UPLOAD_KIND_UNKNOWN',
      `${name.slice(0, 80)} has an ending that is not known; expected .csv, .tsv, .parquet, .jsonl or one of them with .gz; rename it, or save it as CSV`,
    )
  if (bytes > maxBytes)
    throw new TocsinError(
      'UPLOAD_TOO_LARGE',
      `${name} has ${bytes} bytes; expected at most ${maxBytes} (web.maxUploadBytes); train it with: tocsin train`,
    )
  const isNext = offset === 0 || (held?.name === safeName(name) && held.bytes === bytes && held.received === offset)
  if (!isNext || offset + body.length > bytes || body.length === 0)
    throw new TocsinError(
      'UPLOAD_OUT_OF_STEP',
      `a part of ${name} begins at ${offset}; expected ${held?.received ?? 0}, and ${bytes} bytes in all; send the file again from its beginning`,
    )
}

/** A name that is one file in one folder, whatever a client calls it. */
function safeName(name: string): string {
  return name
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(-120)
}

function notWritten(name: string, cause: unknown): TocsinError {
  const found = cause instanceof Error ? cause.message : String(cause)
  return new TocsinError('UPLOAD_IO', `${name} could not be kept: ${found}; make room in dataDir and send it again`, {
    cause,
  })
}

// Answered invocations in, lines of SageMaker's data capture in files out: sampled, redacted, bounded, after the answer and never in its way.

import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { Captured } from '../web/doors/invoke.ts'
import { redacted } from './redact.ts'

type Settings = NonNullable<Config['endpoint']['capture']>

export type CaptureParts = {
  readonly settings: Settings
  /** Folder of the files; in it `{endpoint}/{variant}/yyyy/mm/dd/hh/`. */
  readonly dir: string
  readonly endpoint: string
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  /** Invocations left out, and why. */
  readonly onSkipped: (invocations: number, reason: string) => void
}

export type Capture = {
  take(captured: Captured): void
  /** Writes until `signal` aborts, and then what it has. */
  run(): Promise<void>
}

/** What waits for the disk, bytes of bodies: beyond it invocations are left out. */
const maxWaitingBytes = 16 * 1024 * 1024
const pauseMs = 250
/** Written at once, some ms in which nothing is answered. */
const maxAtOnce = 100
const maxFileBytes = 16 * 1024 * 1024

type Waiting = Captured & { readonly at: number; readonly bytes: number }

export function createCapture(parts: CaptureParts): Capture {
  const { settings, clock, random, signal, onSkipped } = parts
  const waiting: Waiting[] = []
  const files = captureFiles(parts)
  let waitingBytes = 0

  async function writeSome(): Promise<void> {
    const some = waiting.splice(0, maxAtOnce)
    for (const { bytes } of some) waitingBytes -= bytes
    for (const [variant, own] of Map.groupBy(some, (one) => one.variant.name))
      try {
        await files.append(variant, own.map((one) => lineOf(one, settings)).join(''))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error
        onSkipped(own.length, `their file cannot be written: ${error.message}`)
      }
  }

  return {
    take(captured) {
      if (random.uniform() * 100 >= settings.samplingPercentage) return
      const bytes = captured.body.length + captured.answer.body.length
      if (waitingBytes + bytes > maxWaitingBytes) return onSkipped(1, `${waiting.length} wait for the disk`)
      waitingBytes += bytes
      waiting.push({ ...captured, at: clock.now(), bytes })
    },
    run: async () => {
      for (;;) {
        await clock.sleep(pauseMs, signal)
        while (waiting.length > 0) await writeSome()
        if (signal.aborted) return
      }
    },
  }
}

/** Files that grow, a new one each hour and from a size on; the oldest make way. */
function captureFiles({ dir, endpoint, clock, settings }: CaptureParts) {
  const open = new Map<string, { readonly hour: string; readonly path: string; bytes: number }>()
  const fileOf = async (variant: string, hour: string) => {
    const known = open.get(variant)
    if (known?.hour === hour && known.bytes < maxFileBytes) return known
    const path = join(dir, endpoint, variant, hour, `${clock.now()}-${randomUUID()}.jsonl`)
    await mkdir(dirname(path), { recursive: true })
    await trim(dir, settings.maxMegabytes * 1024 * 1024 - maxFileBytes)
    const made = { hour, path, bytes: 0 }
    open.set(variant, made)
    return made
  }
  return {
    append: async (variant: string, lines: string) => {
      const hour = new Date(clock.now()).toISOString().slice(0, 13).replace(/[-T]/g, '/')
      const file = await fileOf(variant, hour)
      await appendFile(file.path, lines)
      file.bytes += Buffer.byteLength(lines)
    },
  }
}

// Names of files begin with their times.
async function trim(dir: string, maxBytes: number): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
  const found = await Promise.all(
    names.map(async ({ parentPath, name }) => ({
      path: join(parentPath, name),
      name,
      bytes: await sizeOf(join(parentPath, name)),
    })),
  )
  let bytes = found.reduce((sum, one) => sum + one.bytes, 0)
  for (const one of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (bytes <= maxBytes) return
    await rm(one.path, { force: true })
    bytes -= one.bytes
  }
}

// Another process may have removed it.
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

function lineOf(one: Waiting, { mode, redact }: Settings): string {
  const { answer, contentType, inferenceId, at } = one
  const input = mode === 'output' ? undefined : redacted(one, redact)
  const captureData = {
    ...(input === undefined ? {} : { endpointInput: side('INPUT', contentType, input) }),
    ...(mode === 'input'
      ? {}
      : { endpointOutput: side('OUTPUT', answer.headers['content-type'] ?? '', Buffer.from(answer.body)) }),
  }
  const eventMetadata = {
    eventId: randomUUID(),
    inferenceTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
    ...(inferenceId === undefined ? {} : { inferenceId }),
  }
  return `${JSON.stringify({ captureData, eventMetadata, eventVersion: '0' })}\n`
}

function side(mode: string, observedContentType: string, bytes: Buffer): object {
  const encoding = encodingOf(observedContentType)
  return { observedContentType, mode, data: bytes.toString(encoding === 'BASE64' ? 'base64' : 'utf8'), encoding }
}

function encodingOf(contentType: string): 'CSV' | 'JSON' | 'BASE64' {
  if (contentType.startsWith('text/csv')) return 'CSV'
  return /^application\/(json|jsonlines|x-ndjson)\b/.test(contentType) ? 'JSON' : 'BASE64'
}

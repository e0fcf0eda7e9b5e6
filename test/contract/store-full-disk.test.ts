// Stream and store on a disk of a few megabytes: what they say when it is full, and that nothing half is taken.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'store-full-disk.ts')

/** Runs the command in a namespace of its own in which `dir` is a disk of 16 MB; needs Linux, and no privileges. */
const onSmallDisk = (dir: string, ...command: string[]) =>
  run('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=16m none "$0" && exec "$@"', dir, ...command])

test('on a full disk stream and store refuse with their codes, keep all that was answered, and go on once there is room', async ({
  skip,
}) => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-full-'))
  const refusal = await onSmallDisk(dir, 'true').then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (refusal) skip(`this machine mounts no small disk for a test: ${refusal}`)
  const { stdout } = await onSmallDisk(dir, process.execPath, script, dir)
  const { store, stream, whenFull, after } = JSON.parse(stdout)
  expect([store.code, stream.code]).toEqual(['STORE_FULL', 'STREAM_FULL'])
  expect(store.message).toMatch(/store\.db cannot grow: the disk is full; nothing was written\. Free some space/)
  expect(store.worked).toBeGreaterThan(5)
  const [events, records] = [50 * store.worked, 50 * (10 + stream.worked)]
  expect(whenFull).toEqual({ records, next: events, events, alerts: events, outbox: events })
  const more = events + 50
  expect(after).toEqual({ records: records + 50, next: more, events: more, alerts: more, outbox: more })
  await rm(dir, { recursive: true })
})

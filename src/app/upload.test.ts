// Parts of files in: whole ones lie on the disk, of all others nothing does.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openUpload, type UploadOptions } from './upload.ts'

let root: string
let dir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-upload-'))
  dir = join(root, 'setup')
})
afterEach(() => rm(root, { recursive: true }))

const open = (options: Partial<UploadOptions> = {}) =>
  openUpload({ dir, maxBytes: 1000, silenceMs: 60_000, onLost: () => undefined, ...options })
const part = (text: string, offset = 0, bytes = text.length, name = 'history.csv') => ({
  ...{ name, bytes, offset },
  body: Buffer.from(text),
})
const files = () => readdir(dir).catch(() => [])

test('parts that follow each other become the file, whichever way they are cut, and however fast they come', async () => {
  const upload = open()
  const all = await Promise.all(['abc', 'd', 'efgh'].map((text, i) => upload.add(part(text, [0, 3, 4][i], 8))))
  expect(all.map(({ received, path }) => [received, path === null])).toEqual([
    [3, true],
    [4, true],
    [8, false],
  ])
  expect(await readFile(all[2]!.path!, 'utf8')).toBe('abcdefgh')
  await upload.clear()
  expect(await files()).toEqual([])
})

test('a sender that has gone leaves nothing', async () => {
  const lost = Promise.withResolvers<void>()
  const upload = open({ silenceMs: 10, onLost: lost.resolve })
  await upload.add(part('abc', 0, 9))
  expect(await files()).toEqual(['history.csv'])
  await lost.promise
  expect(await files()).toEqual([])
  await expect(upload.add(part('def', 3, 9))).rejects.toMatchObject({ code: 'UPLOAD_OUT_OF_STEP' })
})

test('a part that does not follow, is too long, or is empty is refused', async () => {
  const upload = open()
  await upload.add(part('abc', 0, 9))
  for (const wrong of [
    part('x', 4, 9),
    part('x', 3, 8),
    part('defghij', 3, 9),
    part('', 3, 9),
    part('x', 3, 9, 'b.csv'),
  ])
    await expect(upload.add(wrong)).rejects.toMatchObject({ code: 'UPLOAD_OUT_OF_STEP' })
  expect((await upload.add(part('defghi', 3, 9))).path).not.toBeNull()
})

test('a file that begins again takes the place of the one before', async () => {
  const upload = open()
  await upload.add(part('abc', 0, 9))
  const { path } = await upload.add(part('other', 0, 5, 'other.csv'))
  expect(await files()).toEqual(['other.csv'])
  expect(await readFile(path!, 'utf8')).toBe('other')
})

test('files that are too large, or of a kind that cannot be read, are refused before anything is written', async () => {
  const upload = open()
  await expect(upload.add(part('abc', 0, 1001))).rejects.toMatchObject({ code: 'UPLOAD_TOO_LARGE' })
  for (const name of ['a.exe', 'history', 'a.csv.zip'])
    await expect(upload.add(part('abc', 0, 3, name))).rejects.toMatchObject({ code: 'UPLOAD_KIND_UNKNOWN' })
  expect(await files()).toEqual([])
})

test('whatever a client calls it, it is one file in its folder', async () => {
  const upload = open()
  for (const name of ['../../etc/x.csv', '..csv', '.csv', 'a/b\\c.csv', `${'n'.repeat(250)}.csv`, 'größe 1.csv']) {
    const { path } = await upload.add(part('abc', 0, 3, name))
    expect(await files()).toHaveLength(1)
    expect(path!.startsWith(`${dir}/`)).toBe(true)
  }
  expect(await readdir(root)).toEqual(['setup'])
})

test('where the folder cannot be written, the sender hears so', async () => {
  const upload = openUpload({ dir: '/dev/null/setup', maxBytes: 10, silenceMs: 10, onLost: () => undefined })
  await expect(upload.add(part('abc'))).rejects.toMatchObject({ code: 'UPLOAD_IO' })
})

// Data capture: invocations and their answers as the lines that SageMaker's tools read, and what happens where they cannot be written.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

let rig: WebRig | undefined
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

type Settings = NonNullable<NonNullable<ConfigInput['endpoint']>['capture']>

async function openWith(capture: Settings): Promise<WebRig> {
  rig = await openWebRig({ settings: { capture } })
  return rig
}

const csv = { 'content-type': 'text/csv' }
const json = { 'content-type': 'application/json' }

const invoke = (from: WebRig, payload: string, headers: Record<string, string> = csv) =>
  from.app.inject({ method: 'POST', url: '/endpoints/fraud-xgb/invocations', headers, payload })

type Line = {
  captureData: Record<'endpointInput' | 'endpointOutput', { data: string }>
  eventMetadata: Record<string, string>
}

async function captured(from: WebRig): Promise<(Line & { path: string })[]> {
  const dir = join(from.dir, 'capture')
  const files = await readdir(dir, { recursive: true }).catch(() => [])
  const lines: (Line & { path: string })[] = []
  for (const path of files.filter((file) => file.endsWith('.jsonl')))
    for (const line of (await readFile(join(dir, path), 'utf8')).trimEnd().split('\n'))
      lines.push({ ...JSON.parse(line), path })
  return lines
}

test('an invocation and its answer are one line in the folder of their hour, with the inference id', async () => {
  const here = await openWith({})
  await invoke(here, '10,DE\n', { ...csv, 'x-amzn-sagemaker-inference-id': 'abc' })
  await expect.poll(() => captured(here), { timeout: 10_000 }).toHaveLength(1)
  const [{ path, ...line }] = (await captured(here)) as [Line & { path: string }]
  expect(path).toMatch(/^fraud-xgb\/champion\/\d{4}\/\d\d\/\d\d\/\d\d\/[^/]+\.jsonl$/)
  expect(line).toEqual({
    captureData: {
      endpointInput: { observedContentType: 'text/csv', mode: 'INPUT', data: '10,DE\n', encoding: 'CSV' },
      endpointOutput: {
        observedContentType: 'text/csv; charset=utf-8',
        mode: 'OUTPUT',
        data: '0.02\n',
        encoding: 'CSV',
      },
    },
    eventMetadata: {
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      inferenceTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      inferenceId: 'abc',
    },
    eventVersion: '0',
  })
})

test('values of redacted columns are in no line, by place and by name; what cannot be redacted is left out whole', async () => {
  const here = await openWith({ redact: ['country'] })
  const named = { transaction_id: 't', time: '2026-03-03T10:00:00Z', card: 'c', amount: 900, country: 'SECRET' }
  await invoke(here, '10,SECRET\n900,SECRET')
  await invoke(here, 't1,2026-03-03T10:00:00Z,card-1,900,SECRET')
  await invoke(here, '10,"SECRET"')
  await invoke(here, '{"instances":[{"features":[10,"SECRET"]}]}', json)
  await invoke(here, JSON.stringify({ instances: [{ data: { features: { values: [10, 'SECRET'] } } }, named] }), json)
  await invoke(here, '{"features":[10,"SECRET"]}', { 'content-type': 'application/jsonlines' })
  await invoke(here, '1:10 2:SECRET', { 'content-type': 'text/libsvm' })
  await expect.poll(() => captured(here), { timeout: 10_000 }).toHaveLength(7)
  const lines = await captured(here)
  expect(JSON.stringify(lines)).not.toContain('SECRET')
  expect(lines.map(({ captureData }) => captureData.endpointInput?.data)).toEqual([
    '10,\n900,\n',
    't1,2026-03-03T10:00:00Z,card-1,900,\n',
    undefined,
    '{"instances":[{"features":[10,null]}]}',
    JSON.stringify({ instances: [{ data: { features: { values: [10, null] } } }, { ...named, country: null }] }),
    '{"features":[10,null]}\n',
    undefined,
  ])
  expect(lines.every(({ captureData }) => captureData.endpointOutput.data.length > 0)).toBe(true)
})

test('only a sample is kept, and only the side that is wanted; refusals are none', async () => {
  const here = await openWith({ samplingPercentage: 50, mode: 'output' })
  for (let i = 0; i < 60; i++) await invoke(here, '10,DE')
  await invoke(here, 'spoilt')
  await here.app.close()
  await expect.poll(async () => (await captured(here)).length, { timeout: 10_000 }).toBeGreaterThan(5)
  const lines = await captured(here)
  expect(lines.length).toBeLessThan(55)
  for (const { captureData } of lines) expect(Object.keys(captureData)).toEqual(['endpointOutput'])
})

test('where no file can be written, answers come as ever and the log says what is missing', async () => {
  const here = await openWith({})
  await writeFile(join(here.dir, 'capture'), 'a file where the folder should be')
  expect((await invoke(here, '10,DE')).body).toBe('0.02\n')
  await expect
    .poll(() => here.problems, { timeout: 10_000 })
    .toEqual([expect.stringMatching(/^not captured: their file/)])
  expect((await invoke(here, '900,DE')).body).toBe('0.98\n')
})

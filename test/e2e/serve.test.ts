// One model's file behind SageMaker's container contract, and through its batch transform: the real command line.

import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeArtifact } from '../../src/model/model.ts'
import { smallArtifact } from '../rig/artifact.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

async function modelIn(dir: string): Promise<string> {
  const path = join(dir, 'model.tocsin')
  await writeFile(path, encodeArtifact(smallArtifact))
  return path
}

test('serve answers ping and invocations of a folder’s model until it is stopped, and ends in order', async () => {
  const dir = await tempDir()
  await modelIn(dir)
  const served = startTocsin(['serve', dir, '--port', '0'], dir)
  const [, url] = await served.sees(/served at (\S+):/)
  expect((await fetch(`${url}/ping`)).status).toBe(200)
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: '10,DE\n900,FR',
  })
  expect([answer.status, await answer.text()]).toEqual([200, '0.02\n0.98\n'])
  expect((await stop(served)).code).toBe(0)
})

test('several processes share one address; one that dies is replaced, and all end in order', async () => {
  const dir = await tempDir()
  await modelIn(dir)
  const served = startTocsin(['serve', dir, '--port', '0', '--workers', '2'], dir)
  const [, url, first] = await served.sees(/served at (\S+): .* by processes (\d+), (\d+)/)
  const ask = async () => {
    const headers = { 'content-type': 'text/csv', connection: 'close' }
    return (await fetch(`${url}/invocations`, { method: 'POST', headers, body: '10,DE' })).text()
  }
  const all = () => Promise.all(Array.from({ length: 8 }, ask))
  expect(await all()).toEqual(Array(8).fill('0.02\n'))
  process.kill(Number(first), 'SIGKILL')
  await served.sees(new RegExp(`process ${first} has ended \\(SIGKILL\\); process \\d+ takes its place`))
  expect(await all()).toEqual(Array(8).fill('0.02\n'))
  expect((await stop(served)).code).toBe(0)
})

test('an address that is taken ends all processes that should share it, and says so', async () => {
  const dir = await tempDir()
  await modelIn(dir)
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const { code, err } = await runTocsin(['serve', dir, '--port', String(port), '--workers', '2'], dir)
  expect(code).not.toBe(0)
  expect(err).toMatch(/in use by another program/)
  await new Promise((resolve) => taken.close(resolve))
})

test('transform scores a file into a file, line for line; joined, each line begins with its input', async () => {
  const dir = await tempDir()
  const model = await modelIn(dir)
  await writeFile(join(dir, 'rows.csv'), '10,DE\n900,FR\n')
  await writeFile(join(dir, 'rows.jsonl'), '{"features":[10,"DE"]}\n{"features":[900,"FR"]}\n')
  expect(await runTocsin(['transform', model, 'rows.csv'], dir)).toMatchObject({ code: 0 })
  expect(await readFile(join(dir, 'rows.csv.out'), 'utf8')).toBe('0.02\n0.98\n')
  await runTocsin(['transform', model, 'rows.csv', 'joined.csv', '--join'], dir)
  expect(await readFile(join(dir, 'joined.csv'), 'utf8')).toBe('10,DE,0.02\n900,FR,0.98\n')
  await runTocsin(['transform', model, 'rows.jsonl', 'joined.jsonl', '--join'], dir)
  expect(await readFile(join(dir, 'joined.jsonl'), 'utf8')).toBe(
    '{"features":[10,"DE"],"SageMakerOutput":0.02}\n{"features":[900,"FR"],"SageMakerOutput":0.98}\n',
  )
})

test('a bad row stops the transform by its line, and leaves no output', async () => {
  const dir = await tempDir()
  const model = await modelIn(dir)
  await writeFile(join(dir, 'rows.csv'), '10,DE\nten,FR\n')
  const { code, err } = await runTocsin(['transform', model, 'rows.csv'], dir)
  expect([code, err]).toEqual([65, expect.stringMatching(/line 2: "amount" is the text "ten"/)])
  await expect(readFile(join(dir, 'rows.csv.out'))).rejects.toThrow(/ENOENT/)
})

// What docs/endpoint.md shows is what happens: its programs and its curl lines are run, each followed by the answer that stands below it.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { findBoto3 } from '../rig/servers/boto3.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

const run = promisify(execFile)
const page = await readFile(resolve(import.meta.dirname, '../../docs/endpoint.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language: language!,
  text: text!.trimEnd(),
}))
const secret = 'a secret of this test alone'
const boto3 = findBoto3()
const block = (language: string) => blocks.find((one) => one.language === language)!.text
const firstAnswer = block('text')

let rig: WebRig
let url: string
beforeAll(async () => {
  rig = await openWebRig({ awsCredentials: [{ accessKeyId: 'AKIDTOCSIN', secretAccessKey: secret }] })
  await rig.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}`
})
afterAll(() => rig.close())

async function output(command: string, file: string, program: string): Promise<string> {
  // Among the tests, so that it finds the packages that its user has.
  const dir = await mkdtemp(join(import.meta.dirname, 'docs-'))
  const env = {
    ...{ PATH: process.env.PATH, AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'AKIDTOCSIN', AWS_SECRET_ACCESS_KEY: secret },
  }
  try {
    await writeFile(join(dir, file), program.replaceAll('http://127.0.0.1:4380', url))
    return (await run(command, [join(dir, file)], { env })).stdout.trim()
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('its configuration is one', () => {
  const { endpoint } = readConfig(block('yaml'), 'docs/endpoint.md', { AWS_SECRET: secret })
  expect(endpoint).toMatchObject({ name: 'fraud-xgb', capture: { redact: ['country'] } })
})

test('the program with the JavaScript SDK prints what stands there', async () => {
  expect(await output(process.execPath, 'program.ts', block('ts'))).toBe(firstAnswer)
})

test.skipIf('missing' in boto3)(
  `the program with boto3 prints the same${'missing' in boto3 ? ` (${boto3.missing})` : ''}`,
  async () => {
    if ('path' in boto3) expect(await output(boto3.path, 'program.py', block('python'))).toBe(firstAnswer)
  },
)

const shown = blocks.flatMap(({ text }, i) => (text.startsWith('curl ') ? [[text, blocks[i + 1]!.text] as const] : []))

test.each(shown)('%s', async (command, answer) => {
  const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name!, value!] as const)
  const [, body] = / -d '([^']*)'/.exec(command)!
  const [, path] = /http:\/\/127\.0\.0\.1:4380(\S+)$/.exec(command)!
  const asked = await fetch(`${url}${path}`, { method: 'POST', headers: Object.fromEntries(headers), body: body! })
  expect((await asked.text()).trim()).toBe(answer)
})

test('every door that it names is there', async () => {
  const doors = [...page.matchAll(/`POST (\/[^`]+)`/g)].map(([, path]) => path!)
  expect(doors).toHaveLength(5)
  for (const door of doors) {
    const path = door.replace('endpoints/{name}', 'endpoints/fraud-xgb').replace('{name}', 'card-fraud')
    expect([door, (await fetch(`${url}${path}`)).status]).toEqual([door, 405])
  }
})

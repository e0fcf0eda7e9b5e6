// Programs written for AWS, unchanged: with another endpoint in their environment, what they put comes out as decisions.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type System, startSystem } from '../../src/app/system.ts'
import { parseConfig } from '../../src/config.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { smallArtifact } from '../rig/artifact.ts'
import { findBoto3 } from '../rig/servers/boto3.ts'

const run = promisify(execFile)
const detector = 'card-fraud'
const credential = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret of an example' }

let dir: string
let system: System

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-aws-'))
  const store = await openEmbeddedStore({ dir, clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, 1_700_000_000_000)
  await registry.promote(version, 'champion', 'first')
  await store.close()
  const events = { id: 'transaction_id', time: 'time', entity: 'card', amount: 'amount', label: 'is_fraud' }
  const web = { port: 0, awsCredentials: [credential] }
  const config = parseConfig({ detector, dataDir: dir, events, web, notify: { inbox: { kind: 'inbox' } } })
  const console = new Writable({ write: (_chunk, _encoding, done) => done() })
  system = await startSystem({ config, console, logLevel: 'silent' })
})
afterAll(async () => {
  await system.stop()
  await rm(dir, { recursive: true })
})

/** What the program printed, run as its team runs it; only the environment names another endpoint. */
async function runProgram(command: string, file: string): Promise<string> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: system.url,
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
  }
  return (await run(command, [join(import.meta.dirname, 'aws', file)], { env })).stdout.trim()
}

const outcomes = async (ids: readonly string[]) => {
  await system.settled(AbortSignal.timeout(10_000))
  return Promise.all(ids.map(async (id) => (await system.store.decision(detector, id))?.outcome))
}

test("a program with AWS's JavaScript SDK puts to Kinesis and Firehose, and its records are decided", async () => {
  expect(await runProgram(process.execPath, 'producer.mjs')).toBe('0')
  const ids = ['kinesis-0', 'kinesis-1', 'kinesis-2', 'firehose-0', 'firehose-1']
  expect(await outcomes(ids)).toEqual(['pass', 'alert', 'pass', 'alert', 'pass'])
})

const boto3 = findBoto3()

test('a program with boto3 puts, reads back, and its records are decided', async (context) => {
  if ('missing' in boto3) return context.skip(boto3.missing)
  expect(await runProgram(boto3.path, 'producer.py')).toBe('0')
  expect(await outcomes(['boto3-0', 'boto3-1', 'boto3-firehose'])).toEqual(['pass', 'alert', 'alert'])
})

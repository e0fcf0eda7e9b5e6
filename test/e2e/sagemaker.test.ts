// Unchanged programs of SageMaker's users against the door: all they are given is another endpoint URL and a key.

import { execFile } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBoto3 } from '../rig/servers/boto3.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'

const run = promisify(execFile)
const credential = { accessKeyId: 'AKIDTOCSIN', secretAccessKey: 'a secret of this test alone' }
const programs = join(import.meta.dirname, 'sagemaker')
const boto3 = findBoto3()

let rig: WebRig
let url: string
beforeAll(async () => {
  rig = await openWebRig({ awsCredentials: [credential] })
  await rig.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}`
})
afterAll(() => rig.close())

/** As it prints to the terminal, or its error. */
async function invoke(command: string, program: string, secret = credential.secretAccessKey): Promise<string[]> {
  const environment = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
  }
  const { stdout } = await run(command, [join(programs, program), 'fraud-xgb'], { env: environment })
  return stdout.trim().split('\n')
}

const answers = [
  '{"type":"text/csv; charset=utf-8","variant":"champion","body":"0.02\\n0.98\\n"}',
  '{"type":"application/json","variant":"champion","body":"{\\"predictions\\":[{\\"score\\":0.98}]}"}',
  '{"type":"text/csv; charset=utf-8","variant":"champion","body":"0.02\\n0.98\\n"}',
  '{"name":"ModelError","status":415}',
]

test('@aws-sdk/client-sagemaker-runtime: CSV, JSON and JSON lines are answered, and errors are its own', async () => {
  expect(await invoke(process.execPath, 'invoke.ts')).toEqual(answers)
})

test.skipIf('missing' in boto3)(`boto3: the same${'missing' in boto3 ? ` (${boto3.missing})` : ''}`, async () => {
  if ('path' in boto3) expect(await invoke(boto3.path, 'invoke.py')).toEqual(answers)
})

test('with another secret the SDK is told that its signature is wrong, and nothing is scored', async () => {
  await expect(invoke(process.execPath, 'invoke.ts', 'not the secret')).rejects.toThrow(/InvalidSignatureException/)
})

test('who does not sign is sent away; the token of other programs does not open the door where none is set', async () => {
  const request = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: '10,DE' }
  const answer = await fetch(`${url}/endpoints/fraud-xgb/invocations`, request)
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException'])
})

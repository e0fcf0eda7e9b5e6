import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TocsinError } from '../core/error.ts'
import { awsErrorTypes, createVerifier, type SignedRequest } from './sigv4.ts'

// AWS's published test suite (aws-sig-v4-test-suite): its key, its instant, its answers.
const credentials = [{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }]
const at = Date.UTC(2015, 7, 30, 12, 36)
const verifyAt = (now: number, services = ['service']) =>
  createVerifier({ credentials, services, clock: { now: () => now } })

function published(change: Partial<SignedRequest> & { names?: string; signature?: string } = {}): SignedRequest {
  const { names = 'host;x-amz-date', headers = {}, ...rest } = change
  const signature = change.signature ?? '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
  return {
    ...{ method: 'GET', url: '/', body: new Uint8Array() },
    ...rest,
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
      ...headers,
    },
  }
}

const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return error instanceof TocsinError ? error.code : error
  }
}

describe("AWS's published requests", () => {
  test.each<[string, SignedRequest]>([
    ['get-vanilla', published()],
    [
      'get-vanilla-query-order-key-case',
      published({
        url: '/?Param2=value2&Param1=value1',
        signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      }),
    ],
    [
      'post-vanilla',
      published({ method: 'POST', signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b' }),
    ],
    [
      'post-header-key-sort',
      published({
        method: 'POST',
        names: 'host;my-header1;x-amz-date',
        headers: { 'my-header1': 'value1' },
        signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
      }),
    ],
    [
      'post-x-www-form-urlencoded',
      published({
        method: 'POST',
        names: 'content-type;host;x-amz-date',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from('Param1=value1'),
        signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      }),
    ],
  ])('%s has its signature', (_, request) => {
    expect(verifyAt(at)(request)).toEqual({ accessKeyId: 'AKIDEXAMPLE', region: 'us-east-1', service: 'service' })
  })

  test('HTTP/2 names the host :authority, and either name will do where host was signed', () => {
    const { host, ...headers } = published().headers
    expect(verifyAt(at)({ ...published(), headers: { ...headers, ':authority': host } }).service).toBe('service')
  })
})

describe('refused', () => {
  const verify = verifyAt(at)
  test.each<[string, () => unknown]>([
    ['SIGNATURE_MISSING', () => verify({ ...published(), headers: { host: 'example.amazonaws.com' } })],
    ['SIGNATURE_MISSING', () => verify(published({ headers: { authorization: 'Bearer secret' } }))],
    ['SIGNATURE_INCOMPLETE', () => verify(published({ headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } }))],
    ['SIGNATURE_INCOMPLETE', () => verify(published({ names: 'x-amz-date' }))],
    ['SIGNATURE_INCOMPLETE', () => verify(published({ names: 'host' }))],
    ['SIGNATURE_INCOMPLETE', () => verify(published({ headers: { 'x-amz-date': '20150831T000000Z' } }))],
    ['SIGNATURE_INCOMPLETE', () => verify(published({ url: '/?a=%ff' }))],
    ['SIGNATURE_INCOMPLETE', () => verifyAt(at, ['sagemaker'])(published())],
    ['SIGNATURE_EXPIRED', () => verifyAt(at + 300_001)(published())],
    ['SIGNATURE_EXPIRED', () => verifyAt(at - 300_001)(published())],
    [
      'SIGNATURE_KEY_UNKNOWN',
      () => createVerifier({ credentials: [], services: ['service'], clock: { now: () => at } })(published()),
    ],
    ['SIGNATURE_WRONG', () => verify(published({ method: 'POST' }))],
    ['SIGNATURE_WRONG', () => verify(published({ url: '/other' }))],
    ['SIGNATURE_WRONG', () => verify(published({ url: '/?a=1' }))],
    ['SIGNATURE_WRONG', () => verify(published({ headers: { host: 'example.com' } }))],
    ['SIGNATURE_WRONG', () => verify(published({ body: Buffer.from('x') }))],
  ])('%s', (code, act) => {
    expect(codeOf(act)).toBe(code)
    expect(awsErrorTypes[code]).toMatch(/Exception$/)
  })

  test('whatever stands in the header, it is refused as a signature and nothing else', () => {
    const tail = fc.string({ unit: 'binary-ascii', maxLength: 200 })
    fc.assert(
      fc.property(tail, (text) => {
        const authorization = `AWS4-HMAC-SHA256 ${text}`
        expect(codeOf(() => verify(published({ headers: { authorization } })))).toMatch(/^SIGNATURE_/)
      }),
    )
  })
})

test('what the JavaScript SDK sends is verified, and with one byte changed on the way refused', async () => {
  const seen: SignedRequest[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body })
    response.end('0.5')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = new SageMakerRuntimeClient({ endpoint, region: 'eu-central-1', credentials: credentials[0]! })
    const input = { EndpointName: 'fraud-xgb', ContentType: 'text/csv', Body: '1,2,3', CustomAttributes: 'a  b=c' }
    await client.send(new InvokeEndpointCommand(input))
    client.destroy()
  } finally {
    server.close()
  }
  const verify = verifyAt(Date.now(), ['sagemaker'])
  const [request] = seen as [SignedRequest]
  expect(verify(request)).toEqual({ accessKeyId: 'AKIDEXAMPLE', region: 'eu-central-1', service: 'sagemaker' })
  fc.assert(
    fc.property(fc.nat(request.body.length - 1), fc.integer({ min: 1, max: 255 }), (place, difference) => {
      const body = Uint8Array.from(request.body)
      body[place]! ^= difference
      expect(codeOf(() => verify({ ...request, body }))).toBe('SIGNATURE_WRONG')
    }),
  )
})

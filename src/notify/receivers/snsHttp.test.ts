import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { exampleDelivery, exampleSummary } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { systemClock } from '../../core/clock.ts'
import { snsHttpReceiver } from './snsHttp.ts'

const topicArn = 'arn:aws:sns:us-east-1:123456789012:fraud'
const config = { topicArn, message: 'text', timeoutMs: 5_000 } as const

// docs.aws.amazon.com: "Parsing Amazon SNS message formats", "Amazon SNS message delivery retries".
vendorContract('snsHttp', {
  receiver: (url, parts) => snsHttpReceiver('sns', { ...config, url: `${url}/sns/s3cret` }, parts),
  hears: { status: 200 },
  fails: { status: 500 },
  refuses: { status: 410 },
  busy: { status: 429, headers: { 'retry-after': '3' }, waitMs: 3_000 },
  key: ({ headers }) => String(headers['x-amz-sns-message-id']),
})

const parts = { clock: systemClock, post: () => Promise.reject(new Error('nothing is sent here')), timeZone: 'UTC' }
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

it('has the fields of a Notification, its id a UUID that is the same at every try', () => {
  const receiver = snsHttpReceiver('sns', { ...config, url: 'https://shop.example/sns', message: 'json' }, parts)
  const envelope = jsonOf({ path: '', headers: {}, body: receiver.preview(exampleDelivery()).body })
  expect(envelope).toMatchObject({
    Type: 'Notification',
    TopicArn: topicArn,
    Subject: 'Alert: card-00412, 812.40 at risk (score 0.97)',
    Timestamp: '2026-11-22T13:03:07.000Z',
    MessageAttributes: { score: { Type: 'Number', Value: '0.97' }, detector: { Type: 'String', Value: 'card-fraud' } },
  })
  expect(envelope.MessageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(JSON.parse(envelope.Message)).toMatchObject({ type: 'alert.created', data: { score: 0.97 } })
  expect(envelope.Signature).toBeUndefined()
})

it.each([
  ['1', 'sha1'],
  ['2', 'sha256'],
] as const)('version %s of the signature is Amazon’s: %s over the named lines', (version, digest) => {
  const signing = { key, certUrl: 'https://shop.example/sns.pem', version }
  const receiver = snsHttpReceiver('sns', { ...config, url: 'https://shop.example/sns', signing }, parts)
  for (const message of [exampleDelivery().message, exampleSummary]) {
    const envelope = JSON.parse(receiver.preview(exampleDelivery({ message })).body)
    const fields = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
    const text = fields.map((field) => `${field}\n${envelope[field]}\n`).join('')
    const signature = Buffer.from(envelope.Signature, 'base64')
    expect(verify(digest, Buffer.from(text), publicKey, signature)).toBe(true)
    expect(verify(digest, Buffer.from(`${text} `), publicKey, signature)).toBe(false)
    expect([envelope.SignatureVersion, envelope.SigningCertURL]).toEqual([version, signing.certUrl])
  }
})

it('a key that is none is refused at once, without a word of it', () => {
  const signing = { key: 'not a key', certUrl: 'https://shop.example/sns.pem', version: '1' } as const
  expect(() => snsHttpReceiver('sns', { ...config, url: 'https://h.example', signing }, parts)).toThrow(
    'notify.sns.signing.key: not an RSA private key in PEM',
  )
})

// A delivery in → the envelope that Amazon SNS posts to its HTTP subscribers: code that was written for them goes on working.

import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { Delivery } from '../../core/alert.ts'
import { TocsinError } from '../../core/error.ts'
import { payload } from '../message.ts'
import { type HttpParts, httpReceiver, jsonPreview } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, plain, type TemplateConfig, type WordingParts } from '../wording.ts'
import { snsAttributes, snsSubject } from './sns.ts'

export type SnsHttpConfig = {
  readonly url: string
  /** What the envelope says that it comes from. */
  readonly topicArn: string
  readonly message: 'text' | 'json'
  /** Where the subscriber checks signatures: an RSA key, PEM, and where its certificate can be had. */
  readonly signing?: { readonly key: string; readonly certUrl: string; readonly version: '1' | '2' } | undefined
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

/**
 * As Amazon documents the HTTP delivery of a Notification. The subscriber's 2xx counts; as with Amazon every other answer is
 * tried again, but for 410. Unsigned where no key is configured: nobody but Amazon has Amazon's. Throws `SNS_KEY_INVALID`.
 */
export function snsHttpReceiver(name: string, config: SnsHttpConfig, parts: HttpParts & WordingParts): Receiver {
  const { url, topicArn, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect: plain, parts })
  const key = config.signing && privateKey(name, config.signing.key)
  const envelopeOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    const data = payload(message, parts.timeZone)
    const envelope = {
      Type: 'Notification',
      MessageId: uuid(id),
      TopicArn: topicArn,
      Subject: snsSubject(title),
      Message: config.message === 'text' ? body : JSON.stringify(data),
      // When it happened, so that every try has the same bytes.
      Timestamp: data.timestamp,
    }
    const attributes = Object.entries(snsAttributes(id, message)).map(([attribute, { DataType, StringValue }]) => [
      attribute,
      { Type: DataType, Value: StringValue },
    ])
    return { ...envelope, ...signature(envelope, key, config), MessageAttributes: Object.fromEntries(attributes) }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'snsHttp', timeoutMs, finalStatuses: [410] },
      request: (delivery) => ({
        url,
        headers: {
          'content-type': 'text/plain; charset=UTF-8',
          'x-amz-sns-message-type': 'Notification',
          'x-amz-sns-message-id': uuid(delivery.id),
          'x-amz-sns-topic-arn': topicArn,
          'x-amz-sns-subscription-arn': `${topicArn}:${uuid(name)}`,
        },
        body: JSON.stringify(envelopeOf(delivery)),
      }),
      preview: (delivery) => jsonPreview(envelopeOf(delivery)),
    },
    parts,
  )
}

function privateKey(name: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Said below, without the key's own words.
  }
  throw new TocsinError(
    'SNS_KEY_INVALID',
    `notify.${name}.signing.key: not an RSA private key in PEM; make one with: openssl genrsa -out sns.pem 2048`,
  )
}

const digests = { '1': 'sha1', '2': 'sha256' } as const

// "Verifying the signatures of Amazon SNS messages": name and value of these, each on a line of its own, in this order.
function signature(envelope: Record<string, string>, key: KeyObject | undefined, { signing }: SnsHttpConfig) {
  if (!key || !signing) return {}
  const signed = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
  const text = signed.map((field) => `${field}\n${envelope[field]}\n`).join('')
  const bytes = sign(digests[signing.version], Buffer.from(text), key)
  return { SignatureVersion: signing.version, Signature: bytes.toString('base64'), SigningCertURL: signing.certUrl }
}

/** A name as a UUID (RFC 9562, version 8), since subscribers expect one. */
function uuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

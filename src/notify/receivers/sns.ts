// A delivery in → a message published to an Amazon SNS topic, for whoever is subscribed there.

import type { SNSClient } from '@aws-sdk/client-sns'
import { z } from 'zod'
import type { Delivery, Message } from '../../core/alert.ts'
import type { Clock } from '../../core/clock.ts'
import { within } from '../deadline.ts'
import type { Http } from '../http.ts'
import { payload } from '../message.ts'
import { jsonPreview, retryAfter } from '../overHttp.ts'
import type { DeliveryOutcome, Receiver } from '../receiver.ts'
import { createWording, plain, type TemplateConfig, type WordingParts } from '../wording.ts'
import { oneLine } from '../words.ts'

export type SnsConfig = {
  readonly topicArn: string
  readonly region: string
  /** Where the service answers; Amazon's own address where absent. */
  readonly endpoint?: string | undefined
  /** From the usual places of the AWS SDK (environment, profile, instance) where absent. */
  readonly accessKeyId?: string | undefined
  readonly secretAccessKey?: string | undefined
  /** `text` is for people; `json` is the payload of the webhook. */
  readonly message: 'text' | 'json'
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}
export type SnsParts = WordingParts & { readonly clock: Clock; readonly http: Http }

/** What no other try will change (docs: Publish, "Errors"); a refused log-in, throttling and Amazon's own failures pass. */
const final = new Set([
  ...['InvalidParameter', 'InvalidParameterException', 'ParameterValueInvalid', 'InvalidParameterValueException'],
  ...['NotFound', 'NotFoundException', 'EndpointDisabled', 'EndpointDisabledException'],
])

/** A FIFO topic (`….fifo`) drops a second copy by the key itself; other topics carry it as the attribute `tocsin_id`. */
export function snsReceiver(name: string, config: SnsConfig, parts: SnsParts): Receiver {
  const wording = createWording(name, config.template, { dialect: plain, parts })
  let client: Promise<SNSClient> | undefined
  const inputOf = ({ id, message }: Delivery) => ({
    TopicArn: config.topicArn,
    ...(config.topicArn.endsWith('.fifo') ? { MessageDeduplicationId: id, MessageGroupId: groupOf(message) } : {}),
    Subject: snsSubject(wording(message).title),
    Message: config.message === 'text' ? wording(message).body : JSON.stringify(payload(message, parts.timeZone)),
    MessageAttributes: snsAttributes(id, message),
  })
  return {
    name,
    kind: 'sns',
    deliver: (delivery, signal) =>
      within({ clock: parts.clock, limitMs: config.timeoutMs, signal }, async (limited) => {
        if (limited.aborted) return { ok: false, retry: true, reason: 'stopped before it was sent' }
        client ??= openClient(config, parts.http)
        const { PublishCommand } = await import('@aws-sdk/client-sns')
        try {
          await (await client).send(new PublishCommand(inputOf(delivery)), { abortSignal: limited })
          return { ok: true }
        } catch (error) {
          return failure(error, parts.clock.now())
        }
      }),
    preview: (delivery) => jsonPreview(inputOf(delivery)),
    close: async () => (await client)?.destroy(),
  }
}

// The SDK is loaded by the first message: who sends none never loads it. It tries once; the outbox is what tries again.
async function openClient(config: SnsConfig, { agents }: Http): Promise<SNSClient> {
  const { SNSClient: Client } = await import('@aws-sdk/client-sns')
  const { region, endpoint, accessKeyId, secretAccessKey } = config
  return new Client({
    region,
    maxAttempts: 1,
    requestHandler: { ...agents, requestTimeout: config.timeoutMs },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined ? {} : { credentials: { accessKeyId, secretAccessKey: secretAccessKey ?? '' } }),
  })
}

const Answered = z.object({ $response: z.object({ headers: z.record(z.string(), z.string()) }) })

function failure(error: unknown, now: number): DeliveryOutcome {
  if (!(error instanceof Error)) return { ok: false, retry: true, reason: String(error) }
  const reason = oneLine(`Amazon SNS: ${error.name}: ${error.message}`)
  const waitMs = retryAfter(Answered.safeParse(error).data?.$response.headers['retry-after'], now)
  const retry = !final.has(error.name)
  return { ok: false, retry, reason, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) }
}

/** Amazon's rule: ASCII, no line breaks, under 100 characters. */
export function snsSubject(title: string): string {
  return oneLine(title)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 99)
}

export function snsAttributes(id: string, message: Message) {
  const text = (value: string) => ({ DataType: 'String', StringValue: value })
  const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) })
  const common = { tocsin_id: text(id), type: text(payloadType[message.kind]) }
  if (message.kind !== 'alert') return { ...common, detector: text(message.detector) }
  const { detector, score, amount } = message.alert
  return {
    ...common,
    detector: text(detector),
    score: number(score),
    ...(amount === null ? {} : { amount: number(amount) }),
  }
}

const payloadType = { alert: 'alert.created', dailySummary: 'day.closed', notice: 'notice.sent' } as const

function groupOf(message: Message): string {
  return message.kind === 'alert' ? message.alert.detector : message.detector
}

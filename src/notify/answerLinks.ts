// An alert and a receiver in, links out by which a person answers from the message; a link's token in, what it stands for out.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Alert, AnswerRecord } from '../core/alert.ts'
import { sha256 } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import type { AnswerUrls } from './message.ts'

/** What a genuine link stands for. */
type Claim = {
  /** The link's own name: the same for every copy of it, so that it is used once. */
  readonly link: string
  readonly answer: AnswerRecord['answer']
  readonly alertId: string
  readonly receiver: string
}

export type AnswerLinks = {
  urls(alert: Alert, receiver: string): AnswerUrls
  /** Throws TocsinError `LINK_INVALID`, `LINK_EXPIRED`. */
  read(token: string): Claim
}

export type AnswerLinkOptions = {
  /** Signs; whoever has it can answer anything. */
  readonly key: string
  /** Where people reach Tocsin, without a slash at the end. */
  readonly baseUrl: () => string
  readonly now: () => number
}

const dayMs = 86_400_000
/**
 * A link holds until the end of the next week that begins on a whole multiple of this: one to two weeks. Counted so, every try
 * of a message has the same links.
 */
const periodMs = 7 * dayMs
const answers = ['anomaly', 'normal', 'unsure', 'silence'] as const

/** `<base>/answer/<answer>.<alert>.<receiver>.<expiry>.<HMAC-SHA256 of what stands before, base64url>`. */
export function createAnswerLinks({ key, baseUrl, now }: AnswerLinkOptions): AnswerLinks {
  const macOf = (claim: string) => createHmac('sha256', key).update(`tocsin answer ${claim}`).digest()
  return {
    urls: (alert, receiver) => {
      const expiry = (Math.floor(now() / periodMs) + 2).toString(36)
      const url = (answer: string) => {
        const claim = [answer, alert.id, receiver, expiry].join('.')
        return `${baseUrl()}/answer/${claim}.${macOf(claim).toString('base64url')}`
      }
      const [anomaly, normal, unsure] = [url('anomaly'), url('normal'), url('unsure')]
      return { anomaly, normal, unsure, ...(canBeSilenced(alert) ? { silence: url('silence') } : {}) }
    },
    read: (token) => {
      const end = token.lastIndexOf('.')
      const [claim, mac] = [token.slice(0, Math.max(0, end)), Buffer.from(token.slice(end + 1), 'base64url')]
      const expected = macOf(claim)
      const [said, alertId, receiver, expiry] = claim.split('.')
      const answer = answers.find((one) => one === said)
      const isGenuine = mac.length === expected.length && timingSafeEqual(mac, expected)
      if (!isGenuine || !answer || !alertId || !receiver || !expiry) throw invalid()
      if (now() >= Number.parseInt(expiry, 36) * periodMs) throw expired()
      return { link: sha256(`${answer}.${alertId}.${receiver}`).slice(0, 24), answer, alertId, receiver }
    },
  }
}

/** A silence takes * for any characters: an entity that holds one cannot be named alone. */
function canBeSilenced({ entity }: Alert): boolean {
  return entity !== null && entity.length <= 200 && !entity.includes('*')
}

function invalid(): TocsinError {
  return new TocsinError(
    'LINK_INVALID',
    'This link is not one of ours, or it was cut in two on its way; expected it whole. Open the message again, or answer in the console.',
  )
}

function expired(): TocsinError {
  return new TocsinError(
    'LINK_EXPIRED',
    'This link has expired; expected one of the last week or two. Answer in the console.',
  )
}

// A message in → what a person reads (subject, text, HTML) and what a program reads (the webhook's payload).

import type { Alert, Message, Notice } from '../core/alert.ts'
import { dayEnd } from '../core/day.ts'
import { type AlertWords, alertHtml, answerLinks, noticeHtml } from './mail.ts'
import { instant, money, oneLine, probability } from './words.ts'

/** Signed links by which a person answers an alert without the console. */
export type AnswerUrls = {
  readonly anomaly: string
  readonly normal: string
  readonly unsure: string
  readonly silence?: string
}

export type Rendered = { readonly subject: string; readonly text: string; readonly html: string }

/** How many reasons a message tells; the alert's page has them all. */
const told = 3

/** Subject, plain text and HTML of a message, each saying the same; times are in `timeZone` (the detector's). */
export function render(message: Message, timeZone: string, answerUrls?: AnswerUrls): Rendered {
  if (message.kind === 'dailySummary')
    return { subject: oneLine(message.subject), text: message.text, html: message.html }
  if (message.kind === 'notice') return renderNotice(message)
  const words = alertWords(message.alert, { url: message.urls.alert, timeZone, ...(answerUrls ? { answerUrls } : {}) })
  const subject = alertSubject(words, message.escalation)
  return { subject, text: alertText(words), html: alertHtml(words, { subject, score: message.alert.score }) }
}

function renderNotice({ subject, text, urls }: Notice): Rendered {
  const title = oneLine(subject)
  return { subject: title, text: `${text}\n\n${urls.page}\n`, html: noticeHtml({ title, text, url: urls.page }) }
}

/** An alert's facts in words. */
export function alertWords(
  alert: Alert,
  { url, timeZone, answerUrls }: { url: string; timeZone: string; answerUrls?: AnswerUrls },
): AlertWords {
  return {
    who: alert.entity === null ? `event ${oneLine(alert.eventId)}` : oneLine(alert.entity),
    amount: alert.amount === null ? null : money(alert.amount),
    score: probability(alert.score),
    threshold: probability(alert.threshold),
    time: instant(alert.eventTime, timeZone),
    reasons: alert.reasons.slice(0, told).map(({ text }) => oneLine(text)),
    source: `${oneLine(alert.detector)} · event ${oneLine(alert.eventId)} · model version ${alert.modelVersion}`,
    url,
    ...(answerUrls ? { answerUrls } : {}),
  }
}

type Escalation = { readonly from: string; readonly afterMinutes: number }

function escalated(escalation: Escalation | undefined): string {
  if (escalation === undefined) return ''
  return `Unanswered for ${escalation.afterMinutes} min (${oneLine(escalation.from)}): `
}

export function alertSubject({ who, amount, score }: AlertWords, escalation: Escalation | undefined): string {
  const atRisk = amount === null ? '' : `, ${amount} at risk`
  return `${escalated(escalation)}Alert: ${who}${atRisk} (score ${score})`
}

function alertText({ who, amount, score, threshold, time, reasons, source, url, answerUrls }: AlertWords): string {
  const facts = [who, ...(amount === null ? [] : [`${amount} at risk`]), `score ${score} (alerts from ${threshold})`]
  const why = reasons.length === 0 ? [] : ['Why:', ...reasons.map((reason, i) => `${i + 1}. ${reason}`), '']
  const answers = answerUrls === undefined ? [] : answerLinks(answerUrls).map(({ label, href }) => `${label}: ${href}`)
  return [facts.join(', '), time, '', ...why, `See it and answer: ${url}`, ...answers, '', source, ''].join('\n')
}

/** Where a person reads on. */
export function addressOf(message: Message): string {
  if (message.kind === 'alert') return message.urls.alert
  return message.kind === 'notice' ? message.urls.page : message.urls.report
}

/** As the Standard Webhooks specification shapes a payload. */
export type Payload = {
  readonly type: 'alert.created' | 'alert.escalated' | 'day.closed' | 'notice.sent'
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What a program gets. The timestamp is when it happened (event time), not when it was sent: every try has the same bytes. */
export function payload(message: Message, timeZone: string, answerUrls?: AnswerUrls): Payload {
  if (message.kind === 'alert') {
    const { alert, severity, escalation, urls } = message
    const timestamp = new Date(alert.eventTime).toISOString()
    const links = answerUrls ? { answerUrls } : {}
    const data = { ...alert, eventTime: timestamp, severity, escalation, url: urls.alert, ...links }
    return { type: escalation ? 'alert.escalated' : 'alert.created', timestamp, data }
  }
  if (message.kind === 'notice') {
    const { kind: _, at, urls, ...facts } = message
    return { type: 'notice.sent', timestamp: new Date(at).toISOString(), data: { ...facts, url: urls.page } }
  }
  const { detector, day, subject, text, urls } = message
  const timestamp = new Date(dayEnd(day, timeZone)).toISOString()
  return { type: 'day.closed', timestamp, data: { detector, day, subject, text, url: urls.report } }
}

// A delivery in → an event that triggers a PagerDuty incident (developer.pagerduty.com, Events API v2).

import type { Delivery, Message } from '../../core/alert.ts'
import { addressOf, payload } from '../message.ts'
import { type HttpParts, httpReceiver, inJson, jsonPreview, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, linksOf, plain, type TemplateConfig, type WordingParts } from '../wording.ts'

export type PagerDutyConfig = {
  readonly routingKey: string
  readonly severity: 'critical' | 'error' | 'warning' | 'info'
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

const longestSummary = 1024

/**
 * Two tries of a delivery have one `dedup_key`, and so are one incident. 400 (the event is no event) stays so; a wrong key
 * is told as 400, too; 429 and 5xx pass. It answers 202.
 */
export function pagerDutyReceiver(name: string, config: PagerDutyConfig, parts: HttpParts & WordingParts): Receiver {
  const { routingKey, url, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect: plain, parts })
  const eventOf = ({ id, message }: Delivery) => ({
    event_action: 'trigger',
    dedup_key: id,
    client: 'Tocsin',
    client_url: addressOf(message),
    payload: {
      summary: wording(message).title.slice(0, longestSummary),
      severity: severityOf(message, config.severity),
      ...about(message, parts.timeZone),
      custom_details: { ...payload(message, parts.timeZone).data, text: wording(message).body },
    },
    links: linksOf(message, name, parts).map(({ label, url: href }) => ({ href, text: label })),
  })
  return httpReceiver(
    {
      ...{ name, kind: 'pagerduty', timeoutMs, finalStatuses: [400] },
      request: (delivery) => ({
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ routing_key: routingKey, ...eventOf(delivery) }),
      }),
      reasonIn: (body) => {
        const errors = inJson(body, 'errors')
        const details = Array.isArray(errors) ? `: ${errors.join('; ')}` : ''
        return `${textInJson(body, 'message') ?? 'refused'}${details}`
      },
      preview: (delivery) => jsonPreview(eventOf(delivery)),
    },
    parts,
  )
}

const severities = { critical: 'critical', high: 'error', low: 'warning' } as const

/** A policy's judgement of the alert, else what the configuration says. */
function severityOf(message: Message, configured: PagerDutyConfig['severity']): PagerDutyConfig['severity'] {
  if (message.kind === 'dailySummary') return 'info'
  return message.kind === 'alert' && message.severity ? severities[message.severity] : configured
}

function about(message: Message, timeZone: string) {
  const { timestamp } = payload(message, timeZone)
  if (message.kind !== 'alert') return { timestamp, source: message.detector, class: message.kind }
  const { detector, groupKey } = message.alert
  return { timestamp, source: detector, component: groupKey, group: groupKey, class: 'anomaly' }
}

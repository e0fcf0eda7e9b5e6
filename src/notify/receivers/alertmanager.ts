// A delivery in → an alert at a Prometheus Alertmanager (its API v2, POST /api/v2/alerts).

import type { Delivery, Message } from '../../core/alert.ts'
import { addressOf } from '../message.ts'
import { type HttpParts, httpReceiver, jsonPreview } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, plain, type TemplateConfig, type WordingParts } from '../wording.ts'
import { oneLine } from '../words.ts'

export type AlertmanagerConfig = {
  readonly url: string
  readonly severity: string
  /** Labels beside ours, for its routes. */
  readonly labels: Readonly<Record<string, string>>
  /** How long it counts as firing: an anomaly has no end of its own. */
  readonly firingMinutes: number
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

/** Alertmanager knows an alert by its labels: `tocsin_id` makes two tries of a delivery one alert. 400 stays so. */
export function alertmanagerReceiver(
  name: string,
  config: AlertmanagerConfig,
  parts: HttpParts & WordingParts,
): Receiver {
  const { url, firingMinutes, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect: plain, parts })
  const alertOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    const now = parts.clock.now()
    return {
      labels: { ...labelsOf(message, config), tocsin_id: id },
      annotations: { summary: title, description: body },
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + firingMinutes * 60_000).toISOString(),
      generatorURL: addressOf(message),
    }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'alertmanager', timeoutMs, finalStatuses: [400] },
      request: (delivery) => ({
        url: `${url.replace(/\/$/, '')}/api/v2/alerts`,
        headers: { 'content-type': 'application/json', ...logIn(config) },
        body: JSON.stringify([alertOf(delivery)]),
      }),
      // A JSON string.
      reasonIn: (body) => (/^".{1,200}"\s*$/.test(body) ? body.trim().slice(1, -1) : undefined),
      preview: (delivery) => jsonPreview([alertOf(delivery)]),
    },
    parts,
  )
}

function labelsOf(message: Message, { severity, labels }: AlertmanagerConfig): Record<string, string> {
  if (message.kind === 'alert') {
    const { detector, groupKey } = message.alert
    return {
      ...labels,
      alertname: 'TocsinAnomaly',
      severity: message.severity ?? severity,
      detector,
      entity: oneLine(groupKey),
    }
  }
  const { detector } = message
  if (message.kind === 'notice')
    return { ...labels, alertname: 'TocsinNotice', severity, detector, topic: message.topic }
  return { ...labels, alertname: 'TocsinDay', severity: 'info', detector, day: message.day }
}

function logIn({ user, password = '' }: AlertmanagerConfig): Record<string, string> {
  if (user === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

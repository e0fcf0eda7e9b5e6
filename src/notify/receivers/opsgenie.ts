// A delivery in → an Opsgenie alert (docs.opsgenie.com/docs/alert-api, "Create Alert"); Jira Service Management speaks the same.

import type { Delivery, Message } from '../../core/alert.ts'
import { type HttpParts, httpReceiver, jsonPreview, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, plain, type TemplateConfig, type WordingParts } from '../wording.ts'

export type OpsgenieConfig = {
  readonly apiKey: string
  readonly priority: 'P1' | 'P2' | 'P3' | 'P4' | 'P5'
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

const longest = { message: 130, description: 15_000, entity: 512 }

/** Two tries of a delivery have one alias, and so are one alert. 422 stays so; a refused key gets mended. It answers 202. */
export function opsgenieReceiver(name: string, config: OpsgenieConfig, parts: HttpParts & WordingParts): Receiver {
  const { apiKey, priority, url, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect: plain, parts })
  const alertOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    return {
      message: cut(title, longest.message),
      alias: id,
      description: cut(body, longest.description),
      source: 'Tocsin',
      priority: message.kind === 'dailySummary' ? 'P5' : priority,
      ...about(message),
    }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'opsgenie', timeoutMs, finalStatuses: [400, 422] },
      request: (delivery) => ({
        url: `${url.replace(/\/$/, '')}/v2/alerts`,
        headers: { 'content-type': 'application/json', authorization: `GenieKey ${apiKey}` },
        body: JSON.stringify(alertOf(delivery)),
      }),
      reasonIn: (body) => textInJson(body, 'message'),
      preview: (delivery) => jsonPreview(alertOf(delivery)),
    },
    parts,
  )
}

/** Details are texts, all of them. */
function about(message: Message) {
  if (message.kind !== 'alert') return { tags: ['tocsin', message.kind], details: { detector: message.detector } }
  const { detector, eventId, groupKey, score, amount, modelVersion } = message.alert
  const details = {
    detector,
    eventId,
    score: String(score),
    amount: String(amount),
    modelVersion: String(modelVersion),
  }
  return { tags: ['tocsin', 'anomaly'], entity: cut(groupKey, longest.entity), details }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

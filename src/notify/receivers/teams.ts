// A delivery in → an adaptive card in a Microsoft Teams channel, through a Workflows webhook ("When a Teams webhook request is received").

import type { Delivery } from '../../core/alert.ts'
import { type HttpParts, httpReceiver, jsonPreview, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, type Dialect, linksOf, type TemplateConfig, type WordingParts } from '../wording.ts'

export type TeamsConfig = {
  /** Holds the secret. */
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

// The card is made of text runs, which know no markup at all: there is nothing to escape. Links are buttons of the card.
const dialect: Dialect = {
  escape: (text) => text,
  body: `{{#if who}}
{{time}}
{{#each reasons}}
• {{.}}
{{/each}}
{{source}}
{{else}}
{{text}}
{{/if}}`,
}

/** A workflow that was deleted or switched off (400, 404, 410) stays so; 429 and 5xx pass. It answers 202. */
export function teamsReceiver(
  name: string,
  { url, timeoutMs, template }: TeamsConfig,
  parts: HttpParts & WordingParts,
): Receiver {
  const wording = createWording(name, template, { dialect, parts })
  const bodyOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    const actions = linksOf(message, name, parts).map(({ label, url: target }) => ({
      ...{ type: 'Action.OpenUrl', title: label, url: target },
    }))
    return envelope(
      id,
      [run(title, { size: 'Large', weight: 'Bolder' }), ...body.split('\n').map((line) => run(line))],
      actions,
    )
  }
  return httpReceiver(
    {
      ...{ name, kind: 'teams', timeoutMs, finalStatuses: [400, 404, 410, 413] },
      request: (delivery) => ({
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(delivery)),
      }),
      reasonIn: (body) => textInJson(body, 'error', 'message'),
      preview: (delivery) => jsonPreview(bodyOf(delivery)),
    },
    parts,
  )
}

function run(text: string, style: object = {}) {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: text === '' ? ' ' : text, ...style }] }
}

function envelope(id: string, body: readonly object[], actions: readonly object[]) {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    id,
    body,
    actions,
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
  return { type: 'message', attachments: [attachment] }
}

// A delivery in → a message in a Slack channel, through an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

import type { Delivery } from '../../core/alert.ts'
import { type HttpParts, httpReceiver, jsonPreview } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, type Dialect, type TemplateConfig, type WordingParts } from '../wording.ts'

export type SlackConfig = {
  /** Holds the secret. */
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

// "Formatting text": these three are all that Slack asks to escape; without < there is neither link nor mention.
const dialect: Dialect = {
  escape: (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'),
  body: `*{{title}}*
{{#if who}}
{{time}}
{{#each reasons}}
• {{.}}
{{/each}}
<{{url}}|See it>{{#if anomaly}}  ·  <{{anomaly}}|Anomaly>  ·  <{{normal}}|Normal>  ·  <{{unsure}}|Unsure>{{/if}}{{#if silence}}  ·  <{{silence}}|Silence for a day>{{/if}}
_{{source}}_
{{else}}
{{text}}
<{{url}}|Open>
{{/if}}`,
}

/** Most characters of one section. */
const sectionLength = 3000

/** A webhook that is gone, a channel that is archived or a payload that Slack dislikes stays so; 429 says how long to wait. */
export function slackReceiver(
  name: string,
  { url, timeoutMs, template }: SlackConfig,
  parts: HttpParts & WordingParts,
): Receiver {
  const wording = createWording(name, template, { dialect, parts })
  const bodyOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    return { text: title, blocks: sections(body, id), unfurl_links: false, unfurl_media: false }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'slack', timeoutMs, finalStatuses: [400, 404, 410] },
      request: (delivery) => ({
        url,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(bodyOf(delivery)),
      }),
      // `invalid_payload`, `channel_is_archived`, `no_service` …
      reasonIn: (body) => (/^[a-z_]{1,60}$/.test(body) ? body : undefined),
      preview: (delivery) => jsonPreview(bodyOf(delivery)),
    },
    parts,
  )
}

// `verbatim`: names and addresses within the text stay text.
function sections(body: string, id: string) {
  return cutAtLines(body, sectionLength).map((text, i) => ({
    type: 'section',
    block_id: i === 0 ? id : `${id}-${i}`,
    text: { type: 'mrkdwn', text, verbatim: true },
  }))
}

function cutAtLines(text: string, most: number): string[] {
  const parts = ['']
  for (const line of text.split('\n')) {
    const longer = `${parts.at(-1)}${parts.at(-1) === '' ? '' : '\n'}${line.slice(0, most)}`
    if (longer.length <= most) parts[parts.length - 1] = longer
    else parts.push(line.slice(0, most))
  }
  return parts
}

// A delivery in → a message in a Discord channel, through a channel's webhook (docs.discord.com/developers/resources/webhook#execute-webhook).

import type { Delivery } from '../../core/alert.ts'
import { type HttpParts, httpReceiver, jsonPreview, secondsInJson, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, type Dialect, type TemplateConfig, type WordingParts } from '../wording.ts'

export type DiscordConfig = {
  /** Holds the secret. */
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

const dialect: Dialect = {
  // Whatever begins a link, a mention, a heading, a list, a quote, a code block or an emphasis.
  escape: (text) => text.replace(/[\\`*_~|<>[\]()#:@-]/g, '\\$&'),
  body: `{{#if who}}
{{time}}
{{#each reasons}}
• {{.}}
{{/each}}

[See it]({{url}}){{#if anomaly}} · [Anomaly]({{anomaly}}) · [Normal]({{normal}}) · [Unsure]({{unsure}}){{/if}}{{#if silence}} · [Silence for a day]({{silence}}){{/if}}
{{source}}
{{else}}
{{text}}

[Open]({{url}})
{{/if}}`,
}

const alarmRed = 0xc0321c
const longest = { title: 256, description: 4096 }

/** A webhook that was deleted (404) and a payload that Discord dislikes (400) stay so; 429 says in its body how long to wait. */
export function discordReceiver(
  name: string,
  { url, timeoutMs, template }: DiscordConfig,
  parts: HttpParts & WordingParts,
): Receiver {
  const wording = createWording(name, template, { dialect, parts })
  const bodyOf = ({ id, message }: Delivery) => {
    const { title, body } = wording(message)
    const embed = {
      title: title.slice(0, longest.title),
      description: body.slice(0, longest.description),
      color: alarmRed,
      footer: { text: id },
    }
    // Nobody is mentioned, whatever the text says.
    return { embeds: [embed], allowed_mentions: { parse: [] } }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'discord', timeoutMs, finalStatuses: [400, 404] },
      request: (delivery) => ({
        url: waiting(url),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(delivery)),
      }),
      reasonIn: (body) => textInJson(body, 'message'),
      waitIn: (body) => secondsInJson(body, 'retry_after'),
      preview: (delivery) => jsonPreview(bodyOf(delivery)),
    },
    parts,
  )
}

// With `wait` Discord answers after it has the message, not before.
function waiting(url: string): string {
  const address = new URL(url)
  address.searchParams.set('wait', 'true')
  return address.href
}

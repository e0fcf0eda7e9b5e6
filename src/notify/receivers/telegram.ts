// A delivery in → a message in a Telegram chat, through a bot (core.telegram.org/bots/api#sendmessage).

import type { Delivery } from '../../core/alert.ts'
import { type HttpParts, httpReceiver, jsonPreview, secondsInJson, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, type Dialect, type TemplateConfig, type WordingParts } from '../wording.ts'

export type TelegramConfig = {
  readonly botToken: string
  readonly chatId: string
  /** The Bot API's server, telegram.org's or one's own. */
  readonly url: string
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

const dialect: Dialect = {
  escape: (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'),
  body: `<b>{{title}}</b>
{{#if who}}
{{time}}
{{#each reasons}}
• {{.}}
{{/each}}

<a href="{{url}}">See it</a>{{#if anomaly}} · <a href="{{anomaly}}">Anomaly</a> · <a href="{{normal}}">Normal</a> · <a href="{{unsure}}">Unsure</a>{{/if}}{{#if silence}} · <a href="{{silence}}">Silence for a day</a>{{/if}}
<i>{{source}}</i>
{{else}}
{{text}}

<a href="{{url}}">Open</a>
{{/if}}`,
}

/** A chat that is not there (400) or that has thrown the bot out (403) stays so; a wrong token (401, 404) gets mended. */
export function telegramReceiver(name: string, config: TelegramConfig, parts: HttpParts & WordingParts): Receiver {
  const { botToken, chatId, url, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect, parts })
  const bodyOf = ({ message }: Delivery) => ({
    chat_id: chatId,
    text: wording(message).body,
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  })
  return httpReceiver(
    {
      ...{ name, kind: 'telegram', timeoutMs, finalStatuses: [400, 403] },
      request: (delivery) => ({
        url: `${url.replace(/\/$/, '')}/bot${botToken}/sendMessage`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(delivery)),
      }),
      reasonIn: (body) => textInJson(body, 'description'),
      waitIn: (body) => secondsInJson(body, 'parameters', 'retry_after'),
      preview: (delivery) => jsonPreview(bodyOf(delivery)),
    },
    parts,
  )
}

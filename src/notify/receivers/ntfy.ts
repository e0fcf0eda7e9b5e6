// A delivery in → a push message through an ntfy server (docs.ntfy.sh/publish, "Publish as JSON").

import type { Delivery } from '../../core/alert.ts'
import { addressOf } from '../message.ts'
import { type HttpParts, httpReceiver, inJson, jsonPreview, textInJson } from '../overHttp.ts'
import type { Receiver } from '../receiver.ts'
import { createWording, type Dialect, linksOf, type TemplateConfig, type WordingParts } from '../wording.ts'

export type NtfyConfig = {
  readonly url: string
  readonly topic: string
  readonly token?: string | undefined
  /** 1 (least) to 5 (bursts through "do not disturb"). */
  readonly priority: number
  readonly timeoutMs: number
  readonly template?: TemplateConfig | undefined
}

// Without the header `Markdown` a message is plain text.
const dialect: Dialect = {
  escape: (text) => text,
  body: `{{#if who}}
{{time}}
{{#each reasons}}
- {{.}}
{{/each}}
{{else}}
{{text}}
{{/if}}`,
}

/** More becomes an attachment, bytes. */
const longestMessage = 4096
const mostActions = 3

/** 400, 404 and 413 stay so; a refused token (401, 403) gets mended; 429 and 507 pass. */
export function ntfyReceiver(name: string, config: NtfyConfig, parts: HttpParts & WordingParts): Receiver {
  const { url, topic, token, priority, timeoutMs, template } = config
  const wording = createWording(name, template, { dialect, parts })
  const messageOf = ({ message }: Delivery) => {
    const { title, body } = wording(message)
    return {
      topic,
      title,
      message: Buffer.from(body).subarray(0, longestMessage).toString(),
      priority: message.kind === 'dailySummary' ? Math.min(priority, 3) : priority,
      tags: [message.kind === 'dailySummary' ? 'bar_chart' : 'rotating_light'],
      click: addressOf(message),
      actions: linksOf(message, name, parts)
        .filter(({ name: action }) => action !== 'url')
        .slice(0, mostActions)
        .map(({ label, url: target }) => ({ action: 'view', label, url: target, clear: true })),
    }
  }
  return httpReceiver(
    {
      ...{ name, kind: 'ntfy', timeoutMs, finalStatuses: [400, 404, 413] },
      request: (delivery) => ({
        url,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(messageOf(delivery)),
      }),
      // `code` is finer than the status, e.g. 42901.
      reasonIn: (body) => {
        const error = textInJson(body, 'error')
        return error && `${error} (${String(inJson(body, 'code'))})`
      },
      preview: (delivery) => jsonPreview(messageOf(delivery)),
    },
    parts,
  )
}

// A message in → the title and the text that a person reads, in a vendor's markup, after a template that users may replace.

import type { Alert, Message } from '../core/alert.ts'
import { type AnswerUrls, addressOf, alertSubject, alertWords } from './message.ts'
import { parseTemplate, type Values } from './template.ts'
import { oneLine } from './words.ts'

export type WordingParts = {
  /** The detector's: in which messages tell the time. */
  readonly timeZone: string
  /** The links for one receiver's message about an alert; absent where nobody can take the answers. */
  readonly answerUrls?: ((alert: Alert, receiver: string) => AnswerUrls) | undefined
}

/** What `notify.<name>.template` may replace. */
export type TemplateConfig = { readonly title?: string | undefined; readonly body?: string | undefined }

/** How a vendor writes: what makes a text from outside harmless there, and the message in its markup. */
export type Dialect = { readonly escape: (text: string) => string; readonly body: string }

/** Title and body, both escaped for the dialect. */
export type Wording = (message: Message) => { readonly title: string; readonly body: string }

const urlNames = new Set(['url', 'anomaly', 'normal', 'unsure', 'silence'])
const names = [
  ...['title', 'detector', 'severity', 'who', 'amount', 'score', 'threshold', 'time', 'reasons', 'source', 'text'],
  ...urlNames,
]

/** A daily page's text is longer than a chat message may be, characters. */
const longestText = 1500

/** Plain text: for what shows no markup at all. */
export const plain: Dialect = {
  escape: (text) => text,
  body: `{{#if who}}
{{who}}{{#if amount}}, {{amount}} at risk{{/if}}, score {{score}} (alerts from {{threshold}})
{{time}}
{{#each reasons}}
- {{.}}
{{/each}}
{{else}}
{{text}}
{{/if}}
See it{{#if who}} and answer{{/if}}: {{url}}
{{#if anomaly}}
Anomaly: {{anomaly}}
Normal: {{normal}}
Unsure: {{unsure}}
{{/if}}
{{#if silence}}
Silence for a day: {{silence}}
{{/if}}`,
}

/** Throws TocsinError `TEMPLATE_INVALID`. */
export function createWording(
  name: string,
  template: TemplateConfig | undefined,
  { dialect, parts }: { readonly dialect: Dialect; readonly parts: WordingParts },
): Wording {
  const title = parseTemplate(`notify.${name}.template.title`, template?.title ?? '{{title}}', names)
  const body = parseTemplate(`notify.${name}.template.body`, template?.body ?? dialect.body, names)
  const clean = (text: string, of: string) => (urlNames.has(of) ? safeUrl(text) : dialect.escape(text))
  return (message) => {
    const values = valuesOf(message, name, parts)
    return { title: title(values, clean).trim(), body: body(values, clean).trim() }
  }
}

/** What a template may name, nothing escaped. */
function valuesOf(message: Message, receiver: string, { timeZone, answerUrls }: WordingParts): Values {
  if (message.kind === 'alert') {
    const { alert, urls, escalation } = message
    const { answerUrls: _, ...words } = alertWords(alert, { url: urls.alert, timeZone })
    return {
      ...nothing,
      ...words,
      ...answerUrls?.(alert, receiver),
      title: alertSubject(words, escalation),
      detector: alert.detector,
      severity: message.severity ?? null,
    }
  }
  const { subject, text, detector } = message
  return {
    ...nothing,
    title: oneLine(subject),
    text: text.slice(0, longestText).trim(),
    detector,
    url: addressOf(message),
  }
}

const labels = [
  ['url', 'See it'],
  ['anomaly', 'Anomaly'],
  ['normal', 'Normal'],
  ['unsure', 'Unsure'],
  ['silence', 'Silence for a day'],
] as const

/** For vendors that show links as buttons: where to see it, then the answers. */
export function linksOf(message: Message, receiver: string, parts: WordingParts) {
  const values = valuesOf(message, receiver, parts)
  return labels.flatMap(([name, label]) => {
    const url = values[name]
    return typeof url === 'string' ? [{ name, label, url: safeUrl(url) }] : []
  })
}

const nothing: Values = Object.fromEntries(names.map((name) => [name, null]))

// Ours, but behind a public URL that somebody wrote: nothing in it may end a link of any markup.
function safeUrl(url: string): string {
  return encodeURI(decodable(url)).replace(/[()<>|"'*_~`[\]\\]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
}

function decodable(url: string): string {
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}

// The configuration's receivers in → the receivers themselves, by name.

import type { Clock } from '../core/clock.ts'
import type { Http } from './http.ts'
import type { Receiver } from './receiver.ts'
import { type AlertmanagerConfig, alertmanagerReceiver } from './receivers/alertmanager.ts'
import { consoleReceiver, type LineSink } from './receivers/console.ts'
import { type DiscordConfig, discordReceiver } from './receivers/discord.ts'
import { type EmailConfig, emailReceiver } from './receivers/email.ts'
import { type InboxMessage, inboxReceiver } from './receivers/inbox.ts'
import { type NtfyConfig, ntfyReceiver } from './receivers/ntfy.ts'
import { type OpsgenieConfig, opsgenieReceiver } from './receivers/opsgenie.ts'
import { type PagerDutyConfig, pagerDutyReceiver } from './receivers/pagerduty.ts'
import { type SlackConfig, slackReceiver } from './receivers/slack.ts'
import { type SnsConfig, snsReceiver } from './receivers/sns.ts'
import { type SnsHttpConfig, snsHttpReceiver } from './receivers/snsHttp.ts'
import { type TeamsConfig, teamsReceiver } from './receivers/teams.ts'
import { type TelegramConfig, telegramReceiver } from './receivers/telegram.ts'
import { type WebhookConfig, webhookReceiver } from './receivers/webhook.ts'
import { type PushParts, type WebPushConfig, webPushReceiver } from './receivers/webPush.ts'
import type { WordingParts } from './wording.ts'

export type ReceiverConfig =
  | { readonly kind: 'console' }
  | { readonly kind: 'inbox' }
  | ({ readonly kind: 'webhook' } & WebhookConfig)
  | ({ readonly kind: 'email' } & EmailConfig)
  | ({ readonly kind: 'slack' } & SlackConfig)
  | ({ readonly kind: 'teams' } & TeamsConfig)
  | ({ readonly kind: 'discord' } & DiscordConfig)
  | ({ readonly kind: 'telegram' } & TelegramConfig)
  | ({ readonly kind: 'pagerduty' } & PagerDutyConfig)
  | ({ readonly kind: 'opsgenie' } & OpsgenieConfig)
  | ({ readonly kind: 'sns' } & SnsConfig)
  | ({ readonly kind: 'snsHttp' } & SnsHttpConfig)
  | ({ readonly kind: 'alertmanager' } & AlertmanagerConfig)
  | ({ readonly kind: 'ntfy' } & NtfyConfig)
  | ({ readonly kind: 'webPush' } & WebPushConfig)

export type ReceiverParts = WordingParts & {
  /** Where the console receiver writes. */
  readonly writable: LineSink
  readonly putInbox: (message: InboxMessage) => Promise<void>
  readonly clock: Clock
  /** Over it everything goes that goes to a configured address; it stays the caller's. */
  readonly http: Http
  readonly push: PushParts
}

/**
 * `notify:` of the configuration → receivers by name. Opens no connection. Throws TocsinError `WEBHOOK_SECRET_INVALID`,
 * `SNS_KEY_INVALID`, `TEMPLATE_INVALID`.
 */
export function createReceivers(
  configs: Readonly<Record<string, ReceiverConfig>>,
  parts: ReceiverParts,
): Map<string, Receiver> {
  return new Map(Object.entries(configs).map(([name, config]) => [name, create(name, config, parts)]))
}

function create(name: string, config: ReceiverConfig, parts: ReceiverParts): Receiver {
  const overHttp = { ...parts, post: parts.http.post }
  switch (config.kind) {
    case 'console':
      return consoleReceiver(name, parts)
    case 'inbox':
      return inboxReceiver(name, parts)
    case 'webhook':
      return webhookReceiver(name, config, overHttp)
    case 'email':
      return emailReceiver(name, config, parts)
    case 'slack':
      return slackReceiver(name, config, overHttp)
    case 'teams':
      return teamsReceiver(name, config, overHttp)
    case 'discord':
      return discordReceiver(name, config, overHttp)
    case 'telegram':
      return telegramReceiver(name, config, overHttp)
    case 'pagerduty':
      return pagerDutyReceiver(name, config, overHttp)
    case 'opsgenie':
      return opsgenieReceiver(name, config, overHttp)
    case 'sns':
      return snsReceiver(name, config, parts)
    case 'snsHttp':
      return snsHttpReceiver(name, config, overHttp)
    case 'alertmanager':
      return alertmanagerReceiver(name, config, overHttp)
    case 'ntfy':
      return ntfyReceiver(name, config, overHttp)
    case 'webPush':
      return webPushReceiver(name, config, overHttp)
  }
}

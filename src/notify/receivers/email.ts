// A delivery in → a mail handed to an SMTP server.

import type { NodemailerError, SendMailOptions } from 'nodemailer'
import type { Delivery, Message } from '../../core/alert.ts'
import type { Clock } from '../../core/clock.ts'
import { stableId } from '../../core/digest.ts'
import { noticeHtml } from '../mail.ts'
import { addressOf, type Rendered, render } from '../message.ts'
import type { DeliveryOutcome, Receiver } from '../receiver.ts'
import { createWording, plain, type TemplateConfig, type WordingParts } from '../wording.ts'
import { oneLine } from '../words.ts'

export type EmailConfig = {
  readonly to: readonly string[]
  readonly from: string
  readonly smtp: {
    readonly host: string
    readonly port: number
    /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `opportunistic`: STARTTLS, of whatever certificate, where offered. */
    readonly tls: 'required' | 'opportunistic' | 'implicit'
    readonly user?: string | undefined
    readonly password?: string | undefined
  }
  /** In place of our words; `body` is the plain text, and the HTML shows it as it is. */
  readonly template?: TemplateConfig | undefined
}
export type EmailParts = WordingParts & { readonly clock: Clock }

/** How long a silent server is waited for, ms: to connect, to greet, and between any two answers. */
const patience = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000 }

/**
 * Every try carries the same Message-ID, so that a mailbox can drop a second copy, and mails of one group refer to the same
 * thread. A server's 5xx about the mail is final; 4xx, a refused log-in (passwords get mended) and all that keeps us from
 * talking to the server is tried again. A mail that only some of its addressees may get counts as not delivered.
 */
export function emailReceiver(name: string, config: EmailConfig, parts: EmailParts): Receiver {
  const { clock } = parts
  const contentOf = createContent(name, config, parts)
  let transport: ReturnType<typeof openTransport> | undefined
  const { host } = config.smtp
  return {
    name,
    kind: 'email',
    deliver: async (delivery, signal) => {
      const mail = compose(delivery, config, contentOf(delivery.message))
      transport ??= openTransport(config.smtp)
      const { sendMail } = await transport
      try {
        const { rejectedErrors } = await sendMail({ ...mail, date: new Date(clock.now()), signal })
        return rejectedErrors?.length ? partly(host, rejectedErrors) : { ok: true }
      } catch (error) {
        return failure(host, error instanceof Error ? error : new Error(String(error)))
      }
    },
    preview: ({ message }) => ({ contentType: 'text/html', body: contentOf(message).html }),
  }
}

// The SDK is loaded by the first mail: who sends none never loads it.
async function openTransport({ host, port, tls, user, password }: EmailConfig['smtp']) {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    opportunisticTLS: tls === 'opportunistic',
    tls: { rejectUnauthorized: tls !== 'opportunistic' },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return { sendMail: transport.sendMail.bind(transport) }
}

function createContent(name: string, { template }: EmailConfig, parts: EmailParts): (message: Message) => Rendered {
  const { timeZone, answerUrls } = parts
  const wording = template && createWording(name, template, { dialect: plain, parts })
  return (message) => {
    if (!wording)
      return render(message, timeZone, message.kind === 'alert' ? answerUrls?.(message.alert, name) : undefined)
    const { title, body } = wording(message)
    const subject = oneLine(title)
    return { subject, text: body, html: noticeHtml({ title: subject, text: body, url: addressOf(message) }) }
  }
}

function compose({ id, message }: Delivery, { to, from }: EmailConfig, content: Rendered): SendMailOptions {
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
  return {
    from,
    to: [...to],
    ...content,
    messageId: `<${id}@${domain}>`,
    references: `<${thread(message)}@${domain}>`,
    // RFC 3834: no vacation notices in return.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

function thread(message: Message): string {
  if (message.kind === 'alert') return stableId('group', message.alert.detector, message.alert.groupKey)
  return stableId(message.kind === 'notice' ? `notice-${message.topic}` : 'days', message.detector)
}

function failure(host: string, error: NodemailerError): DeliveryOutcome {
  // Not every 5xx is about this mail: a refused log-in or STARTTLS is about the server, and gets mended.
  const isAboutTheMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE'
  const isFinal = error.permanent === true && isAboutTheMail
  return { ok: false, retry: !isFinal, reason: oneLine(`${host}: ${error.message}`) }
}

function partly(host: string, errors: readonly NodemailerError[]): DeliveryOutcome {
  const refused = errors.map(({ recipient, response, message }) => `${recipient}: ${response ?? message}`)
  const isFinal = errors.every(({ permanent }) => permanent)
  return { ok: false, retry: !isFinal, reason: oneLine(`${host} refused some addressees: ${refused.join('; ')}`) }
}

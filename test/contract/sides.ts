// Real servers in this process that receivers talk to: a port in, what arrived out.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type WebhookCall = { readonly headers: IncomingMessage['headers']; readonly body: string }
export type Mail = { readonly from: string; readonly to: readonly string[]; readonly raw: string }

/** A server that can be closed for real and opened again at the same port. */
export type TestServer<T> = {
  readonly port: number
  readonly received: readonly T[]
  open(): Promise<void>
  close(): Promise<void>
}

/** `answer` is called once the body was read; what it leaves open stays open until the server closes. */
export async function openWebhookServer(
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end(),
): Promise<TestServer<WebhookCall>> {
  const received: WebhookCall[] = []
  const port = await freePort()
  const listen = async () => {
    const server = createServer(async (request, response) => {
      received.push({ headers: request.headers, body: await text(request) })
      answer(response)
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
  return reopening({ port, received, listen })
}

/**
 * A mail server in the clear; `options` make it refuse, log in or speak TLS. `verdict` is asked once a mail was read (and
 * counts as received): what it gives is answered in place of "accepted".
 */
export async function openMailServer(
  options: SMTPServerOptions = {},
  verdict: () => Error | null = () => null,
): Promise<TestServer<Mail>> {
  const received: Mail[] = []
  const port = await freePort()
  const listen = async () => {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      closeTimeout: 1,
      onData: (stream, { envelope }, done) => {
        text(stream).then((raw) => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : ''
          received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw })
          done(verdict())
        }, done)
      },
      ...options,
    })
    // A client that lets go of its connection is no failure of the server.
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
    return () => new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return reopening({ port, received, listen })
}

type Parts<T> = { port: number; received: readonly T[]; listen: () => Promise<() => Promise<void>> }

async function reopening<T>({ port, received, listen }: Parts<T>): Promise<TestServer<T>> {
  let shut: (() => Promise<void>) | undefined = await listen()
  return {
    port,
    received,
    open: async () => {
      shut ??= await listen()
    },
    close: async () => {
      await shut?.()
      shut = undefined
    },
  }
}

// Chosen by the system once, so that a server that comes back comes back at the same place.
export async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** One header of a raw mail, unfolded; undefined where it is absent. */
export function mailHeader(raw: string, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]
}

/** What an SMTP server says in place of "accepted"; its code decides whether there is a point in trying again. */
export function smtpError(code: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode: code })
}

/** A raw mail with its quoted-printable parts made readable. */
export function readable(raw: string): string {
  const bytes = raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

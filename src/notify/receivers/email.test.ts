import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { exampleAlert, exampleDelivery, exampleSummary, receiverContract } from '../../../test/contract/receiver.ts'
import {
  type Mail,
  mailHeader,
  openMailServer,
  readable,
  smtpError,
  type TestServer,
} from '../../../test/contract/sides.ts'
import { ManualClock } from '../../core/clock.ts'
import { type EmailConfig, emailReceiver } from './email.ts'

const { signal } = new AbortController()
type Tls = EmailConfig['smtp']['tls']

function receiverAt(port: number, fields: { tls?: Tls; to?: string[]; user?: string; password?: string } = {}) {
  const { tls = 'opportunistic', to = ['fraud@example.com'], ...login } = fields
  const smtp = { host: '127.0.0.1', port, tls, ...login }
  const config = { to, from: 'Tocsin <tocsin@shop.example>', smtp }
  return emailReceiver('email', config, { timeZone: 'UTC', clock: new ManualClock(Date.parse('2026-11-22T13:03:08Z')) })
}

receiverContract('email', ['fails', 'refuses', 'silent', 'gone'], async () => {
  let refusal: Error | undefined
  let isSilent = false
  const server = await openMailServer({
    onMailFrom: (_address, _session, done) => {
      if (!isSilent) done(refusal)
    },
  })
  return {
    receiver: receiverAt(server.port),
    behave: async (behaviour) => {
      if (behaviour === 'gone') return server.close()
      isSilent = behaviour === 'silent'
      refusal = { fails: smtpError(451, 'try later'), refuses: smtpError(550, 'no') }[String(behaviour)]
      await server.open()
    },
    keys: () => server.received.map(({ raw }) => mailHeader(raw, 'Message-ID')!),
    texts: () => server.received.map(({ raw }) => readable(raw)),
    close: () => server.close(),
  }
})

describe('a mail', () => {
  let server: TestServer<Mail>
  afterEach(() => server.close())
  const open = async (options?: SMTPServerOptions) => {
    server = await openMailServer(options)
    return server
  }

  it('has a key made of the delivery, the thread of its group, and asks for no automatic answer', async () => {
    const { port, received } = await open()
    const other = exampleDelivery({ id: 'de_000000000000000000000002' })
    await receiverAt(port).deliver(exampleDelivery(), signal)
    await receiverAt(port).deliver(other, signal)
    const [first, second] = received.map(({ raw }) => raw)
    expect(mailHeader(first!, 'Subject')).toBe('Alert: card-00412, 812.40 at risk (score 0.97)')
    expect(mailHeader(first!, 'Message-ID')).toBe(`<${exampleDelivery().id}@shop.example>`)
    expect(mailHeader(first!, 'References')).toMatch(/^<group_\w+@shop\.example>$/)
    expect(mailHeader(second!, 'References')).toBe(mailHeader(first!, 'References'))
    expect(mailHeader(first!, 'Auto-Submitted')).toBe('auto-generated')
    expect(mailHeader(first!, 'Date')).toBe('Sun, 22 Nov 2026 13:03:08 +0000')
  })

  it('goes to every addressee, as text and as HTML', async () => {
    const { port, received } = await open()
    await receiverAt(port, { to: ['a@example.com', 'b@example.com'] }).deliver(exampleDelivery(), signal)
    expect(received[0]!.to).toEqual(['a@example.com', 'b@example.com'])
    expect(received[0]!.from).toBe('tocsin@shop.example')
    expect(mailHeader(received[0]!.raw, 'Content-Type')).toContain('multipart/alternative')
    expect(received[0]!.raw).toContain('Content-Type: text/plain')
    expect(received[0]!.raw).toContain('Content-Type: text/html')
  })

  it('cannot be given headers by an entity’s name', async () => {
    const { port, received } = await open()
    const alert = { ...exampleAlert, entity: 'x\r\nBcc: thief@example.com\r\n\r\nbody' }
    const message = { kind: 'alert', alert, urls: { alert: 'http://127.0.0.1/' } } as const
    await receiverAt(port).deliver(exampleDelivery({ message }), signal)
    expect(mailHeader(received[0]!.raw, 'Bcc')).toBeUndefined()
    expect(mailHeader(received[0]!.raw, 'Subject')).toContain('x Bcc: thief@example.com body')
    expect(received[0]!.to).toEqual(['fraud@example.com'])
  })

  it('of a daily summary threads with the other days', async () => {
    const { port, received } = await open()
    await receiverAt(port).deliver(exampleDelivery({ message: exampleSummary }), signal)
    expect(mailHeader(received[0]!.raw, 'References')).toMatch(/^<days_\w+@shop\.example>$/)
  })

  it('that one addressee may not get is not called delivered', async () => {
    const { port } = await open({
      onRcptTo: ({ address }, _session, done) =>
        done(address === 'b@example.com' ? smtpError(550, 'no such user') : null),
    })
    const receiver = receiverAt(port, { to: ['a@example.com', 'b@example.com'] })
    expect(await receiver.deliver(exampleDelivery(), signal)).toEqual({
      ok: false,
      retry: false,
      reason: '127.0.0.1 refused some addressees: b@example.com: 550 no such user',
    })
  })

  it('is never sent in the clear where TLS is required', async () => {
    const { port, received } = await open()
    expect(await receiverAt(port, { tls: 'required' }).deliver(exampleDelivery(), signal)).toMatchObject({
      ok: false,
      retry: true,
    })
    expect(received).toEqual([])
  })

  it('is encrypted where the server offers it, even under a certificate that nobody vouches for', async () => {
    let isSecure = false
    const { port } = await open({
      disabledCommands: [],
      onMailFrom: (_address, { secure }, done) => {
        isSecure = secure
        done()
      },
    })
    expect(await receiverAt(port).deliver(exampleDelivery(), signal)).toEqual({ ok: true })
    expect(isSecure).toBe(true)
  })

  it('does not trust such a certificate where TLS is required', async () => {
    const { port, received } = await open({ disabledCommands: [] })
    expect(await receiverAt(port, { tls: 'required' }).deliver(exampleDelivery(), signal)).toMatchObject({
      ok: false,
      retry: true,
    })
    expect(received).toEqual([])
  })

  it('waits for a log-in that is refused to be mended, and its reason holds no password', async () => {
    const { port } = await open({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(smtpError(535, 'bad credentials')),
    })
    const receiver = receiverAt(port, { user: 'tocsin', password: 'correct-horse' })
    const outcome = await receiver.deliver(exampleDelivery(), signal)
    expect(outcome).toMatchObject({ ok: false, retry: true, reason: expect.stringContaining('535') })
    expect(JSON.stringify(outcome)).not.toContain('correct-horse')
  })
})

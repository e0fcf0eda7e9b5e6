// An alert in the outbox → a real SMTP server and a real HTTP server hear of it, also where they are down for the first minute.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/core/alert.ts'
import { ManualClock } from '../../src/core/clock.ts'
import type { Decision } from '../../src/core/decision.ts'
import { Random } from '../../src/core/random.ts'
import { openHttp } from '../../src/notify/http.ts'
import { createNotifier, type Outbox } from '../../src/notify/notify.ts'
import type { Receiver } from '../../src/notify/receiver.ts'
import type { InboxMessage } from '../../src/notify/receivers/inbox.ts'
import { createReceivers } from '../../src/notify/receivers.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import type { BatchResult } from '../../src/store/store.ts'
import { memoryOutbox } from '../contract/outbox.ts'
import { exampleAlert, exampleDelivery } from '../contract/receiver.ts'
import { mailHeader, openMailServer, openWebhookServer, readable, smtpError } from '../contract/sides.ts'

const secret = `whsec_${Buffer.from('thirty-two bytes of test secret!').toString('base64')}`
const names = ['terminal', 'inbox', 'hook', 'mail'] as const
type Name = (typeof names)[number]
/** A server that is down: closed, so that nobody connects; or sick, so that it takes a message and then says that it failed. */
type Ailment = 'closed' | 'sick'

type Place = {
  readonly outbox: Outbox
  readonly putInbox: (message: InboxMessage) => Promise<void>
  readonly inboxIds: () => Promise<readonly string[]>
  readonly states: () => Promise<Readonly<Record<string, string>>>
  readonly close: () => Promise<void>
}
type OpenPlace = (deliveries: readonly Delivery[], clock: ManualClock) => Promise<Place>

const inMemory: OpenPlace = async (deliveries) => {
  const outbox = memoryOutbox(...deliveries)
  const inbox = new Map<string, InboxMessage>()
  return {
    outbox,
    putInbox: async (message) => void inbox.set(message.id, message),
    inboxIds: async () => [...inbox.keys()],
    states: async () => Object.fromEntries(outbox.all.map(({ receiver, state }) => [receiver, state])),
    close: async () => {},
  }
}

const inEmbeddedStore: OpenPlace = async (deliveries, clock) => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-delivery-'))
  const store = await openEmbeddedStore({ dir, clock })
  expect(await store.commit(batchOf(deliveries))).toBe(true)
  return {
    outbox: store,
    putInbox: store.putInbox,
    inboxIds: async () => (await store.inbox(10)).map(({ id }) => id),
    states: async () => {
      const view = await store.alert(exampleAlert.id)
      return Object.fromEntries(view!.deliveries.map(({ receiver, state }) => [receiver, state]))
    },
    close: async () => {
      await store.close()
      await rm(dir, { recursive: true })
    },
  }
}

/** What the loop would have written when the example's event came. */
function batchOf(deliveries: readonly Delivery[]): BatchResult {
  const { detector, eventId, eventTime, entity, amount, score, threshold, modelVersion, reasons } = exampleAlert
  const decision: Decision = {
    detector,
    event: { id: eventId, time: eventTime, entity, amount, fields: {} },
    score,
    threshold,
    outcome: 'alert',
    modelVersion,
    vector: new Float32Array(0),
    reasons,
    partition: 0,
    position: 0,
    isLate: false,
  }
  const place = { detector, partition: 0, expected: 0, next: 1, watermark: eventTime }
  return { ...place, decisions: [decision], deadLetters: [], alerts: [exampleAlert], deliveries, duplicates: 0 }
}

/** Receivers that note every try, with the time of the test's clock; `idle` resolves when none is under way. */
function watched(receivers: ReadonlyMap<string, Receiver>, clock: ManualClock) {
  const tries: { receiver: string; key: string; at: number }[] = []
  let underWay = 0
  const watch = (receiver: Receiver): Receiver => ({
    ...receiver,
    deliver: async (delivery, signal) => {
      tries.push({ receiver: receiver.name, key: delivery.id, at: clock.now() })
      underWay++
      return receiver.deliver(delivery, signal).finally(() => underWay--)
    },
  })
  const idle = async () => {
    do await pause(2)
    while (underWay > 0)
  }
  return { tries, idle, receivers: new Map([...receivers].map(([name, receiver]) => [name, watch(receiver)])) }
}

const nobody = {
  subscriptions: async () => [],
  removeSubscription: async () => {},
  keys: () => Promise.reject(new Error('no browser is told here')),
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Two servers, four receivers, one alert in the outbox for each of them, and a clock that stands still. */
async function setUp(openPlace: OpenPlace) {
  // Near the wall clock, since the verifier refuses what was signed more than five minutes away from it.
  const clock = new ManualClock(Date.now())
  const started = clock.now()
  const sick = new Set<Name>()
  const hook = await openWebhookServer((response) => response.writeHead(sick.has('hook') ? 503 : 204).end())
  const mail = await openMailServer({}, () => (sick.has('mail') ? smtpError(451, 'try again later') : null))
  const deliveries = names.map((name) => exampleDelivery({ id: `dl_${name}`, receiver: name, nextAttemptAt: started }))
  const place = await openPlace(deliveries, clock)
  const lines: string[] = []
  const writable = {
    write: (text: string, done: () => void) => {
      lines.push(text)
      done()
    },
  }
  const http = openHttp({ allow: ['loopback'] })
  closers.push(async () => http.close())
  const smtp = { host: '127.0.0.1', port: mail.port, tls: 'opportunistic' } as const
  const configured = createReceivers(
    {
      terminal: { kind: 'console' },
      inbox: { kind: 'inbox' },
      hook: { kind: 'webhook', url: `http://127.0.0.1:${hook.port}/`, secret, timeoutMs: 5_000 },
      mail: { kind: 'email', to: ['fraud@example.com'], from: 'Tocsin <tocsin@shop.example>', smtp },
    },
    { writable, putInbox: place.putInbox, timeZone: 'UTC', clock, http, push: nobody },
  )
  const { tries, idle, receivers } = watched(configured, clock)
  /** Starts a notifier; what comes back stops it. */
  const start = () => {
    const stop = new AbortController()
    const done = createNotifier({ outbox: place.outbox, receivers, clock, random: new Random(7) }).run(stop.signal)
    return async () => {
      stop.abort()
      await done
    }
  }
  /** Lets so much time pass, a second at a time, each with as much real time as the servers need. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await idle()
      await clock.advance(1_000)
    }
    await idle()
  }
  const servers = { hook, mail }
  const ail = async (name: 'hook' | 'mail', ailment: Ailment) => {
    if (ailment === 'closed') await servers[name].close()
    else sick.add(name)
  }
  const heal = async (name: 'hook' | 'mail') => {
    sick.delete(name)
    await servers[name].open()
  }
  const keyOf = (name: Name) => deliveries.find(({ receiver }) => receiver === name)!.id
  closers.push(hook.close, mail.close, place.close)
  return { started, place, lines, tries, start, pass, ail, heal, keyOf, ...servers }
}

/** The delivery's id, as a mailbox would find it. */
function mailKey(raw: string): string | undefined {
  return /^<(.+)@shop\.example>$/.exec(mailHeader(raw, 'Message-ID') ?? '')?.[1]
}

const allSent = { terminal: 'sent', inbox: 'sent', hook: 'sent', mail: 'sent' }

describe.each([
  ['an outbox in memory', inMemory],
  ['the embedded store', inEmbeddedStore],
])('with %s', (_, openPlace) => {
  it('everybody hears of an alert at once, each once, under the delivery’s key', async () => {
    const { place, lines, hook, mail, keyOf, start, pass } = await setUp(openPlace)
    closers.push(start())
    await pass(1)
    expect(await place.states()).toEqual(allSent)
    expect(lines).toEqual([expect.stringContaining('card-00412')])
    expect(await place.inboxIds()).toEqual([keyOf('inbox')])
    expect(mail.received).toHaveLength(1)
    const [{ raw, to }] = mail.received as [(typeof mail.received)[0]]
    expect(to).toEqual(['fraud@example.com'])
    expect(mailKey(raw)).toBe(keyOf('mail'))
    expect(readable(raw)).toContain('1. amount 812.40 is high (usual: 4.10 to 96.00)')
    expect(hook.received).toHaveLength(1)
    const [{ body, headers }] = hook.received as [(typeof hook.received)[0]]
    expect(headers['webhook-id']).toBe(keyOf('hook'))
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>)
    expect(verified).toMatchObject({ type: 'alert.created', data: { id: exampleAlert.id, score: 0.97 } })
  })

  it.each([
    ['mail', 'closed'],
    ['mail', 'sick'],
    ['hook', 'closed'],
    ['hook', 'sick'],
  ] as const)(
    'the %s server, %s for the first minute, hears of it in the second, and nobody else waits',
    async (ill, ailment) => {
      const { started, place, hook, mail, tries, keyOf, start, pass, ail, heal } = await setUp(openPlace)
      await ail(ill, ailment)
      closers.push(start())
      await pass(60)
      expect(await place.states()).toEqual({ ...allSent, [ill]: 'pending' })
      await heal(ill)
      await pass(60)
      expect(await place.states()).toEqual(allSent)

      const others = tries.filter(({ receiver }) => receiver !== ill)
      const healthy = names.filter((name) => name !== ill)
      expect(others).toHaveLength(3)
      expect(others).toEqual(
        expect.arrayContaining(healthy.map((receiver) => ({ receiver, key: keyOf(receiver), at: started }))),
      )
      const own = tries.filter(({ receiver }) => receiver === ill)
      expect(own.length).toBeGreaterThanOrEqual(3)
      expect(new Set(own.map(({ key }) => key))).toEqual(new Set([keyOf(ill)]))
      expect(own.filter(({ at }) => at >= started + 60_000)).toHaveLength(1)

      // Who is sick reads every try; who is closed reads the last alone.
      const readBy = (name: Name) => Array(name === ill && ailment === 'sick' ? own.length : 1).fill(keyOf(name))
      expect(mail.received.map(({ raw }) => mailKey(raw))).toEqual(readBy('mail'))
      expect(hook.received.map(({ headers }) => headers['webhook-id'])).toEqual(readBy('hook'))
    },
  )

  it('a restart in the middle of the outage goes on where the outbox is', async () => {
    const { place, mail, tries, keyOf, start, pass, ail, heal } = await setUp(openPlace)
    await ail('mail', 'closed')
    const stop = start()
    await pass(10)
    await stop()
    const before = tries.length
    closers.push(start())
    await pass(1)
    expect(tries.length).toBe(before)
    await heal('mail')
    await pass(90)
    expect(await place.states()).toEqual(allSent)
    expect(mail.received.map(({ raw }) => mailKey(raw))).toEqual([keyOf('mail')])
  })
})

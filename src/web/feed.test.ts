// The live feed over a real socket: what a browser sees, and what happens to one that does not read.

import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { payment } from '../../test/rig/artifact.ts'
import { openWebRig, type WebRig } from '../../test/rig/web.ts'
import { alertOf } from '../alert/alert.ts'
import { systemClock } from '../core/clock.ts'
import type { Decision } from '../core/decision.ts'
import { AlertJson } from './api/alerts.ts'
import { DayClosed } from './api/days.ts'
import { Stats } from './api/live.ts'

let rig: WebRig
let port: number
beforeEach(async () => {
  rig = await openWebRig()
  port = Number(new URL(await rig.app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterEach(() => rig.close())

/** Collects the feed's events until `event` comes for the `times`th time. */
async function listen(until: string, act: () => Promise<unknown>): Promise<{ event: string; data: unknown }[]> {
  const request = get({ port, host: '127.0.0.1', path: '/v1/live' })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect(response.headers['content-type']).toBe('text/event-stream')
  const seen: { event: string; data: unknown }[] = []
  let text = ''
  let hasActed = false
  for await (const chunk of response) {
    text += String(chunk)
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const found = /^event: (\w+)\ndata: (.*)$/.exec(part)
      if (found) seen.push({ event: found[1]!, data: JSON.parse(found[2]!) })
    }
    if (seen.some(({ event }) => event === until)) break
    if (!hasActed && seen.length > 0) {
      hasActed = true
      await act()
    }
  }
  request.destroy()
  return seen
}

const send = async (...events: object[]) => {
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
  await rig.decide()
}

test('the numbers come first, and an alert as soon as it is stored', async () => {
  const seen = await listen('alert', () => send(payment('t1', 10), payment('t2', 900)))
  expect(Stats.parse(seen[0]!.data).totals.events).toBe(0)
  const alert = AlertJson.parse(seen.find(({ event }) => event === 'alert')!.data)
  expect(alert).toMatchObject({ eventId: 't2', label: null, deliveries: [] })
})

test('a day that closes is told', async () => {
  await send(payment('t1', 900))
  const seen = await listen('day', async () => {
    await send(payment('t2', 10, '2026-03-05T10:00:00Z'))
    await rig.closeDays()
  })
  const days = seen.filter(({ event }) => event === 'day').map(({ data }) => DayClosed.parse(data))
  expect(days[0]).toEqual({ day: '2026-03-03', isClosed: true, events: 1, alerts: 1 })
})

test('a browser that does not read is let go, and others go on', async () => {
  const isCutOff = once(rig.app.server, 'connection').then(([socket]: Socket[]) => once(socket!, 'close'))
  const deaf = connect(port, '127.0.0.1')
  deaf.pause()
  deaf.write('GET /v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(deaf, 'connect')
  let sent: Promise<void> | undefined
  const seen = await listen('alert', async () => {
    sent = bigAlerts(20)
  })
  expect(seen.at(-1)!.event).toBe('alert')
  await sent
  await isCutOff
  deaf.destroy()
})

// Alerts of a megabyte each: more than the sockets of the machine hold, and more than the feed keeps.
async function bigAlerts(n: number): Promise<void> {
  const reasons = [{ feature: 'amount', value: 1, contribution: 1, text: 'x'.repeat(1_000_000) }]
  for (let i = 0; i < n; i++) {
    const event = { id: `e${i}`, time: 0, entity: null, amount: 1, fields: {} }
    const scored = { detector: 'card-fraud', score: 1, threshold: 0.5, modelVersion: 1, reasons }
    const place = { partition: 0, position: i, isLate: false, vector: new Float32Array(1) }
    const decision: Decision = { ...scored, ...place, event, outcome: 'alert' }
    await rig.store.commit({
      ...{ detector: 'card-fraud', partition: 0, expected: i, next: i + 1, watermark: 0, duplicates: 0 },
      ...{ decisions: [decision], deadLetters: [], deliveries: [], alerts: [alertOf(decision)!] },
    })
    await systemClock.sleep(20)
  }
}

test('closing the server ends the feed', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/v1/live`)
  const reader = response.body!.getReader()
  await reader.read()
  const ended = (async () => {
    for (;;) if ((await reader.read()).done) return
  })().catch(() => undefined)
  await rig.app.close()
  await ended
})

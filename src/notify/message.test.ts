import { describe, expect, it } from 'vitest'
import { exampleAlert, exampleNotice, exampleSummary } from '../../test/contract/receiver.ts'
import type { Alert } from '../core/alert.ts'
import { payload, render } from './message.ts'

const message = (fields: Partial<Alert> = {}, url = 'http://127.0.0.1:4380/alerts/al_1') =>
  ({ kind: 'alert', alert: { ...exampleAlert, ...fields }, urls: { alert: url } }) as const
const bare = { entity: null, amount: null, reasons: [] }

describe('the message of an alert', () => {
  it('says in its subject whom, how much and how sure', () => {
    expect(render(message(), 'UTC').subject).toBe('Alert: card-00412, 812.40 at risk (score 0.97)')
  })

  it('names the event where there is no entity, and leaves the money out where there is none', () => {
    expect(render(message(bare), 'UTC').subject).toBe('Alert: event t-0048151 (score 0.97)')
  })

  it('says everything in plain text, with the three strongest reasons', () => {
    expect(render(message(), 'Europe/Berlin').text).toBe(
      `card-00412, 812.40 at risk, score 0.97 (alerts from 0.83)
Sun, 22 Nov 2026, 14:03:07 CET

Why:
1. amount 812.40 is high (usual: 4.10 to 96.00)
2. hour 3 is unusual (usual: 8 to 22)
3. country NZ is rare

See it and answer: http://127.0.0.1:4380/alerts/al_1

card-fraud · event t-0048151 · model version 3
`,
    )
  })

  it('says the same in HTML', () => {
    const { html } = render(message(), 'Europe/Berlin')
    const facts = ['card-00412', '812.40', '0.97', '0.83', 'Sun, 22 Nov 2026, 14:03:07 CET', 'country NZ is rare']
    for (const fact of facts) expect(html).toContain(fact)
    expect(html).not.toContain('terminal t7')
    expect(html).toContain('href="http://127.0.0.1:4380/alerts/al_1"')
  })

  it('has no empty parts where there is nothing to tell', () => {
    const { html, text } = render(message(bare), 'UTC')
    expect(html).not.toMatch(/Why|At risk/)
    expect(text).not.toMatch(/Why|at risk/)
  })

  it('keeps markup from outside from becoming markup', () => {
    const evil = '"><img src=x onerror=alert(1)>'
    const reasons = [{ feature: evil, value: evil, contribution: 1, text: `value ${evil}` }]
    const { html } = render(
      message({ entity: evil, eventId: evil, detector: evil, reasons }, `http://h/${evil}`),
      'UTC',
    )
    expect(html).not.toContain('<img')
    expect(html.match(/&lt;img src=x onerror=alert\(1\)&gt;/g)!.length).toBeGreaterThanOrEqual(5)
  })

  it('loads nothing from elsewhere and runs nothing', () => {
    const { html } = render(message(), 'UTC')
    expect(html).not.toMatch(/<script|<img|<link|url\(|@import|\bon\w+=/i)
  })

  it('fits a mail that is read on the way: under 10 kB', () => {
    expect(render(message(), 'UTC').html.length).toBeLessThan(10_000)
  })
})

it('a daily summary is passed on as the report wrote it, its subject on one line', () => {
  if (exampleSummary.kind !== 'dailySummary') throw new TypeError('the example is a daily summary')
  const { text, html } = exampleSummary
  expect(render({ ...exampleSummary, subject: 'a\nb' }, 'UTC')).toEqual({ subject: 'a b', text, html })
})

it('a program gets the alert as it is, timed by the event', () => {
  const { type, timestamp, data } = payload(message(), 'UTC')
  expect([type, timestamp]).toEqual(['alert.created', '2026-11-22T13:03:07.000Z'])
  expect(data).toMatchObject({ id: exampleAlert.id, score: 0.97, reasons: exampleAlert.reasons })
})

it('a program gets a closed day timed by its end in the detector’s zone', () => {
  expect(payload(exampleSummary, 'Europe/Berlin')).toEqual({
    type: 'day.closed',
    timestamp: '2026-11-22T23:00:00.000Z',
    data: {
      detector: 'card-fraud',
      day: '2026-11-22',
      subject: 'card-fraud on 2026-11-22: 3 alerts',
      text: 'Three alerts among 1,200 events.',
      url: 'http://127.0.0.1:4380/reports/2026-11-22',
    },
  })
})

describe('a notice', () => {
  it('says the same in text and HTML, its lines kept and its markup none', () => {
    const { subject, text, html } = render(exampleNotice, 'UTC')
    expect(subject).toBe('No events for 30 minutes')
    expect(text).toContain('The last one came at 14:03 <UTC>.\nLook at what sends them.')
    expect(html).toContain('The last one came at 14:03 &lt;UTC&gt;.</p>')
    expect(html).toContain('href="http://127.0.0.1:4380/"')
  })

  it('tells a program its topic', () => {
    const { type, timestamp, data } = payload(exampleNotice, 'UTC')
    expect([type, timestamp, data.topic]).toEqual(['notice.sent', '2026-11-22T13:33:07.000Z', 'noEvents'])
  })
})

it('an alert that nobody answered says so first, and a program sees it by its type', () => {
  const escalated = { ...message(), severity: 'critical', escalation: { from: 'on-call', afterMinutes: 15 } } as const
  expect(render(escalated, 'UTC').subject).toBe(
    'Unanswered for 15 min (on-call): Alert: card-00412, 812.40 at risk (score 0.97)',
  )
  expect(payload(escalated, 'UTC')).toMatchObject({
    type: 'alert.escalated',
    data: { severity: 'critical', escalation: { from: 'on-call', afterMinutes: 15 } },
  })
})

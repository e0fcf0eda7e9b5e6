// Who is told of what, by the command line: a store with alerts in, sentences, a played past, silences and acknowledgements out.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { alerting, batch, detector, minuteMs, start } from '../contract/store-samples.ts'
import { runTocsin, tempDir } from './tocsin.ts'

const receivers = `
detector: ${detector}
dataDir: data
notify:
  inbox: {kind: inbox}
  on-call: {kind: email, to: [a@example.com], smtp: {host: localhost}}
`

async function folder() {
  const dir = await tempDir()
  const store = await openEmbeddedStore({ dir: join(dir, 'data'), clock: systemClock })
  onTestFinished(() => store.close())
  const coming = Array.from({ length: 30 }, (_, i) =>
    alerting(`e${i}`, { event: { time: start + i * minuteMs, entity: `card-${i % 7}`, amount: 100 * i } }),
  )
  await store.commit(batch(0, coming, { deliveries: [] }))
  await writeFile(join(dir, 'tocsin.yaml'), receivers)
  await writeFile(
    join(dir, 'other.yaml'),
    `${receivers}
policies:
  on-call: {atOnce: {amount: {over: 1000}}, perEntity: 1 per hour, inAll: 5 per hour}
`,
  )
  return { dir, store }
}

test('explain says who is told of what', { timeout: 60_000 }, async () => {
  const { dir } = await folder()
  const { code, out } = await runTocsin(['notify', 'explain'], dir)
  expect(code).toBe(0)
  expect(out).toBe(`inbox (inbox): Alerts are told at once.
on-call (email): Alerts are told at once; at most one message an hour about one entity; no more than 60 messages an hour in all; beyond that one message says so and digests follow; the rest is in the daily report.
`)
})

test('simulate plays a policy over past days: who would have got what, when', { timeout: 60_000 }, async () => {
  const { dir } = await folder()
  const days = ['--from', '2026-11-22', '--to', '2026-11-22']
  const shown = await runTocsin(['notify', 'simulate', ...days, '--policies', 'other.yaml', '--limit', '100'], dir)
  expect(shown.err).toBe('')
  expect(shown.out).toContain('30 alerts from 2026-11-22T00:00:00Z to 2026-11-23T00:00:00Z')
  expect(shown.out).toMatch(/2026-11-22T00:11:00Z +on-call +alert +card-4, 1,100.00 at risk, score 0.97, critical/)
  expect(shown.out).toMatch(/on-call +storm +Storm of alerts/)
  const json = await runTocsin(['notify', 'simulate', ...days, '--policies', 'other.yaml', '--json'], dir)
  const played = JSON.parse(json.out)
  const of = (receiver: string) => played.receivers.find((one: { receiver: string }) => one.receiver === receiver)
  expect(of('inbox')).toEqual({ receiver: 'inbox', messages: 30, busiestHour: 30 })
  expect(of('on-call').busiestHour).toBeLessThanOrEqual(5)
  const held = played.held.reduce((sum: number, { alerts }: { alerts: number }) => sum + alerts, 0)
  const isSingle = ({ receiver, kind }: { receiver: string; kind: string }) =>
    receiver === 'on-call' && kind === 'alert'
  expect(held + played.messages.filter(isSingle).length).toBe(30)
})

test('silences and acknowledgements are made, listed and ended', { timeout: 60_000 }, async () => {
  const { dir, store } = await folder()
  const made = await runTocsin(['notify', 'silence', '--entity', 'card-4*', '--for', '4 hours', '--by', 'ann'], dir)
  const id = /Silence (si_\w+)/.exec(made.out)![1]!
  expect((await runTocsin(['notify', 'silences'], dir)).out).toMatch(
    new RegExp(`${id} +until .* by ann +{"entity":"card-4\\*"}`),
  )
  expect((await runTocsin(['notify', 'unsilence', id], dir)).code).toBe(0)
  expect((await runTocsin(['notify', 'silences'], dir)).out).toBe('No silence holds now.\n')
  expect((await runTocsin(['notify', 'acknowledge', 'al_e3', '--by', 'ann'], dir)).code).toBe(0)
  expect(await store.acknowledgement('al_e3')).toMatchObject({ by: 'ann' })
  const refused = await runTocsin(['notify', 'silence', '--entity', 'c'], dir)
  expect([refused.code, refused.err]).toEqual([64, expect.stringContaining('no end was found')])
})

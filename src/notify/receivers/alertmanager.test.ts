import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exampleAlert, exampleDelivery, exampleNotice, exampleSummary } from '../../../test/contract/receiver.ts'
import { jsonOf, vendorContract } from '../../../test/contract/vendor.ts'
import { type Alertmanager, findAlertmanager, startAlertmanager } from '../../../test/rig/servers/alertmanager.ts'
import { systemClock } from '../../core/clock.ts'
import { type Http, openHttp } from '../http.ts'
import { alertmanagerReceiver } from './alertmanager.ts'

const config = { severity: 'critical', labels: { team: 'fraud' }, firingMinutes: 60, timeoutMs: 5_000 } as const
const { signal } = new AbortController()

// What its API v2 documents (api/v2/openapi.yaml); a proxy in front of it says the rest.
vendorContract('alertmanager', {
  receiver: (url, parts) =>
    alertmanagerReceiver('am', { ...config, url: `${url}/`, user: 'tocsin', password: 's3cret' }, parts),
  hears: { status: 200 },
  fails: { status: 500, body: '"internal error"' },
  refuses: { status: 400, body: '"start time must be before end time"' },
  busy: { status: 429, headers: { 'retry-after': '4' }, waitMs: 4_000 },
  key: (call) => jsonOf(call)[0].labels.tocsin_id,
})

const program = findAlertmanager()
const reason = 'missing' in program ? program.missing : null

const Found = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    generatorURL: z.string(),
    status: z.object({ state: z.string() }),
  }),
)

describe.skipIf(reason !== null)(`Prometheus Alertmanager itself${reason === null ? '' : `: ${reason}`}`, () => {
  let server: Alertmanager
  let http: Http
  beforeAll(async () => {
    server = await startAlertmanager()
    http = openHttp({ allow: ['loopback'] })
  }, 20_000)
  afterAll(async () => {
    http?.close()
    await server?.stop()
  })
  const receiver = () =>
    alertmanagerReceiver('am', { ...config, url: server.url }, { clock: systemClock, post: http.post, timeZone: 'UTC' })
  const found = async (filter: string) =>
    Found.parse(await (await fetch(`${server.url}/api/v2/alerts?filter=${encodeURIComponent(filter)}`)).json())

  it('has the alert after one try, and after two it still is one', async () => {
    expect(await receiver().deliver(exampleDelivery(), signal)).toEqual({ ok: true })
    expect(await receiver().deliver(exampleDelivery({ attempts: 1 }), signal)).toEqual({ ok: true })
    const alerts = await found('alertname="TocsinAnomaly"')
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({
      labels: { detector: 'card-fraud', entity: 'card-00412', severity: 'critical', team: 'fraud' },
      annotations: { summary: 'Alert: card-00412, 812.40 at risk (score 0.97)' },
      generatorURL: 'http://127.0.0.1:4380/alerts/al_1',
      status: { state: 'active' },
    })
    expect(alerts[0]!.annotations.description).toContain('amount 812.40 is high')
  })

  it('has another delivery as another alert; a summary and a notice by their own names', async () => {
    const message = {
      kind: 'alert',
      alert: exampleAlert,
      severity: 'low',
      urls: { alert: 'http://127.0.0.1/2' },
    } as const
    await receiver().deliver(exampleDelivery({ id: 'de_2', message }), signal)
    expect(await found('severity="low"')).toHaveLength(1)
    expect(await receiver().deliver(exampleDelivery({ id: 'de_3', message: exampleSummary }), signal)).toEqual({
      ok: true,
    })
    expect(await receiver().deliver(exampleDelivery({ id: 'de_4', message: exampleNotice }), signal)).toEqual({
      ok: true,
    })
    expect(await found('alertname="TocsinDay"')).toMatchObject([{ labels: { severity: 'info', day: '2026-11-22' } }])
    expect(await found('alertname="TocsinNotice"')).toMatchObject([{ labels: { topic: 'noEvents' } }])
  })

  it('refuses what is no alert, and that is final', async () => {
    const broken = { ...config, url: server.url, firingMinutes: -1 }
    const parts = { clock: systemClock, post: http.post, timeZone: 'UTC' }
    const outcome = await alertmanagerReceiver('am', broken, parts).deliver(exampleDelivery(), signal)
    expect(outcome).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('start time must be before end time'),
    })
  })

  it('that dies and comes back elsewhere is tried again, and hears', async () => {
    await server.stop()
    expect(await receiver().deliver(exampleDelivery({ id: 'de_9' }), signal)).toMatchObject({
      ok: false,
      retry: true,
    })
    server = await startAlertmanager()
    expect(await receiver().deliver(exampleDelivery({ id: 'de_9', attempts: 1 }), signal)).toEqual({ ok: true })
    expect(await found('tocsin_id="de_9"')).toHaveLength(1)
  })
})

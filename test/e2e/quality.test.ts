// Whether the alerts are right and the stream is still the one that was learned: the page in a real browser, with answers coming in.

import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { consoleDir } from '../../src/app/listen.ts'
import { payment } from '../rig/artifact.ts'
import { openWebRig } from '../rig/web.ts'
import { accessibilityFaults, openPage } from './browser.ts'

const patience = { timeout: 30_000 }

async function openDetector() {
  const rig = await openWebRig({ consoleDir: consoleDir(), maxBodyBytes: 1_000_000 })
  onTestFinished(() => rig.close())
  await rig.ask('/healthz')
  return { rig, url: `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}` }
}

/** Three whole days: amounts of 50 (a tenth of the training), and three alerts a day. */
function threeDays() {
  return ['2026-03-03', '2026-03-04', '2026-03-05'].flatMap((day) =>
    Array.from({ length: 24 }, (_, hour) => {
      const time = `${day}T${String(hour).padStart(2, '0')}:10:00Z`
      const calm = Array.from({ length: 10 }, (_, i) => payment(`${day}-${hour}-${i}`, 50, time))
      return hour % 8 === 0 ? [...calm, payment(`${day}-${hour}-big`, 900, time)] : calm
    }).flat(),
  )
}

test('precision with its maturity, recall as far as it is known, and the features that drifted are on the page', {
  timeout: 120_000,
}, async (context) => {
  const { rig, url } = await openDetector()
  const { page, problems } = await openPage(context)

  await page.goto(`${url}/quality`)
  await page.getByRole('heading', { name: 'No events yet' }).waitFor(patience)
  expect(await accessibilityFaults(page)).toEqual([])

  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: threeDays() })
  await rig.decide()
  const label = (eventId: string, of: string) =>
    rig.app.inject({ method: 'POST', url: '/v1/labels', payload: { eventId, label: of } })
  for (const hour of [0, 8, 16]) await label(`2026-03-03-${hour}-big`, hour === 8 ? 'normal' : 'anomaly')
  await label('2026-03-04-0-big', 'anomaly')
  await page.goto(`${url}/`)
  await page.getByRole('link', { name: 'Quality' }).click()

  const precision = page.getByRole('region', { name: 'Precision by day' })
  await precision.getByText('1 day with four fifths or more of the alerts answered: 67%').waitFor(patience)
  const row = precision.getByRole('row', { name: /Mar 3|3 Mar/ })
  expect(await row.textContent()).toMatch(/3.*3.*67%.*yes/)
  expect(await precision.getByRole('row', { name: /Mar 4|4 Mar/ }).textContent()).toMatch(/no$/)
  await page.getByRole('region', { name: 'Recall' }).getByText('No event that passed has a label').waitFor()

  // Somebody hears of one that was missed.
  await label('2026-03-03-1-0', 'anomaly')
  await page.reload()
  await page.getByText('3 of 4 known anomalies had alerted').waitFor(patience)

  const features = page.getByRole('region', { name: 'Drift of the features' })
  await features.getByText(/of 2 features have moved from training; most for what they weigh: amount/).waitFor(patience)
  await features.locator('summary', { hasText: 'amount' }).click()
  await features.getByText(/Most of the change: 10 to 96, 40% in training/).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])

  await page.getByRole('button', { name: 'By week' }).click()
  await page.getByRole('region', { name: 'Precision by week' }).waitFor()
  expect(new URL(page.url()).searchParams.get('by')).toBe('week')
  await page.getByLabel('Looking back').selectOption('4 weeks')
  expect(new URL(page.url()).searchParams.get('days')).toBe('28')
  expect(problems).toEqual([])
})

test('a server that fails is said to, and asked again', { timeout: 60_000 }, async (context) => {
  const { rig, url } = await openDetector()
  const { page } = await openPage(context)
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [payment('a', 900)] })
  await rig.decide()
  let isDown = true
  await page.route('**/v1/quality**', (route) => (isDown ? route.abort() : route.continue()))
  await page.goto(`${url}/quality`)
  const alert = page.getByRole('alert')
  await alert.getByText('Cannot show the quality').waitFor(patience)
  expect(await accessibilityFaults(page)).toEqual([])
  isDown = false
  await alert.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('region', { name: 'Precision by day' }).waitFor(patience)
})

// A person changes the operating point, promotes, rolls back, and finds a day, in a real browser before a real server.

import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { consoleDir } from '../../src/app/listen.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { openWebRig, type WebRig } from '../rig/web.ts'
import { accessibilityFaults, openPage } from './browser.ts'

const detector = 'card-fraud'
const patience = { timeout: 15_000 }
const point = { recall: 0, falsePositiveRate: 0, caughtShare: 0.5, costPerDay: 40 }
const curve = [
  { ...point, threshold: 0.99, alertsPerDay: 2, precision: 1, recall: 0.2 },
  { ...point, threshold: 0.98, alertsPerDay: 10, precision: 0.8, recall: 0.8 },
  { ...point, threshold: 0.02, alertsPerDay: 100, precision: 0.1, recall: 1 },
]

/** Two versions, the first of them champion, and three events of which two alerted. */
async function openDetector(): Promise<{ rig: WebRig; url: string }> {
  const rig = await openWebRig({ consoleDir: consoleDir() })
  onTestFinished(() => rig.close())
  await rig.registry.register({ ...smallArtifact, hyperparameters: { maxDepth: 2 } }, 1_700_086_400_000)
  await rig.store.putTraining(detector, 1, { curve: JSON.stringify(curve), html: '<!doctype html><title>T</title>' })
  const events = [payment('a', 900), payment('b', 10), payment('c', 950)]
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: events })
  await rig.decide()
  await rig.ask('/healthz')
  return { rig, url: `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}` }
}

async function giveReason(page: Page, reason: string, button: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(reason)
  expect(await accessibilityFaults(page)).toEqual([])
  await dialog.getByRole('button', { name: button }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('the operating point is moved on its slider, with what it would have done last week shown before', {
  timeout: 120_000,
}, async (context) => {
  const { page, problems } = await openPage(context)
  const { rig, url } = await openDetector()
  await page.goto(`${url}/models`)
  await page
    .getByRole('listitem')
    .filter({ hasText: 'champion' })
    .getByRole('link', { name: 'Operating point' })
    .click()
  const lastWeek = page.getByRole('region', { name: 'What it would have done last week' })
  await lastWeek.waitFor()
  expect(await accessibilityFaults(page)).toEqual([])

  const slider = page.getByRole('slider', { name: /Threshold/ })
  await slider.focus()
  await page.keyboard.press('End')
  expect(await lastWeek.getByRole('row', { name: /^Alerts/ }).innerText()).toMatch(/2\s+3/)
  await page.getByRole('button', { name: 'Save 0.020' }).click()
  await giveReason(page, 'two more reviewers', 'Save the threshold')
  await page.getByText('two more reviewers').waitFor()

  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [payment('d', 10)] })
  await rig.decide()
  expect(await rig.store.decision(detector, 'd')).toMatchObject({ outcome: 'alert', threshold: 0.02 })
  expect(await rig.store.thresholdChanges(detector, 1, 9)).toMatchObject([{ threshold: 0.02, by: 'console' }])
  expect(problems).toEqual([])
})

test('a version is promoted, and the one before it comes back, each for a reason', {
  timeout: 120_000,
}, async (context) => {
  const { page, problems } = await openPage(context)
  const { rig, url } = await openDetector()
  await page.goto(`${url}/models`)
  await page.getByRole('button', { name: 'Promote' }).click()
  await giveReason(page, 'catches more', 'Promote version 2')
  await expect.poll(async () => (await rig.store.aliases(detector)).champion, patience).toBe(2)
  await page.getByRole('button', { name: 'Roll back' }).click()
  await giveReason(page, 'too many alerts', 'Roll back')
  await expect.poll(async () => (await rig.store.aliases(detector)).champion, patience).toBe(1)
  await page.getByRole('button', { name: 'Promote' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect(problems).toEqual([])
})

test('the calendar leads to each day, and to the page of its week', { timeout: 120_000 }, async (context) => {
  const { page, problems } = await openPage(context)
  const { rig, url } = await openDetector()
  await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [payment('d', 10, '2026-03-05T10:00:00Z')] })
  await rig.decide()
  await rig.closeDays()
  await page.goto(`${url}/days`)
  const calendar = page.getByRole('table', { name: /Alerts of each day/ })
  await calendar.getByRole('link', { name: '2026-W10' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  const week = await rig.app.inject('/reports/periods/2026-W10')
  expect(week.statusCode).toBe(200)
  await calendar.getByRole('link', { name: /2 alerts$/ }).click()
  await page.getByText('Download', { exact: true }).click()
  await page.getByRole('link', { name: 'page as PDF' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  const saved = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Decisions as CSV' }).click()
  expect((await readFile(await (await saved).path(), 'utf8')).split('\r\n')).toHaveLength(5)
  await page.keyboard.press('Escape')
  await page.getByLabel('Compared with').selectOption('2026-03-05')
  await page.getByRole('row', { name: /^Events 3 1$/ }).waitFor()
  expect(page.url()).toContain('with=2026-03-05')
  expect(await accessibilityFaults(page)).toEqual([])
  expect(problems).toEqual([])
})

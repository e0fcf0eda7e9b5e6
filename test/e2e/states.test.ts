// Every view of the console when there is nothing yet, while it loads, and when the server does not answer; the places on a phone.

import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { consoleDir } from '../../src/app/listen.ts'
import { openWebRig } from '../rig/web.ts'
import { accessibilityFaults, openPage } from './browser.ts'

const timeout = 180_000
const further = ['simulator', 'silences', 'deliveries'].map((tab) => `/notifications?tab=${tab}`)

async function openNothing(): Promise<string> {
  const rig = await openWebRig({ consoleDir: consoleDir(), hasModel: false })
  onTestFinished(() => rig.close())
  await rig.ask('/healthz')
  return `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}`
}

async function placesOf(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}/`)
  await page.locator('nav a.place').first().waitFor()
  return page.evaluate<string[]>("[...document.querySelectorAll('nav a.place')].map((a) => a.getAttribute('href'))")
}

const stillLoads = (page: Page) => () => page.locator('.loading').count()
const patience = { timeout: 20_000 }

test('where nothing has happened yet each view says so, and what to do', { timeout }, async (context) => {
  const { page, problems } = await openPage(context)
  const url = await openNothing()
  const said: Record<string, string | null> = {}
  for (const path of [...(await placesOf(page, url)), ...further]) {
    await page.goto(url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expect.poll(stillLoads(page), patience).toBe(0)
    said[path] = await page.locator('main').textContent()
    expect(await page.getByRole('alert').count(), path).toBe(0)
    expect(await accessibilityFaults(page), path).toEqual([])
  }
  expect(said['/']).toContain('Nothing is scored: no model is champion')
  expect(said['/']).toContain('No alert yet')
  expect(said['/alerts']).toContain('Nothing left to review')
  expect(said['/days']).toContain('No day yet')
  expect(said['/stream']).toContain('Every record that came could be scored')
  expect(said['/notifications?tab=deliveries']).toContain('None was put in yet')
  expect(problems).toEqual([])
})

test('a view whose server does not answer says so, and tries again when told', { timeout }, async (context) => {
  const { page } = await openPage(context)
  const url = await openNothing()
  const places = await placesOf(page, url)
  for (const path of [...places, ...further]) {
    await page.route('**/v1/**', (route) => route.abort())
    await page.goto(url + path)
    await page.getByRole('alert').first().waitFor({ timeout: 30_000 })
    expect(await page.getByRole('alert').first().textContent(), path).toContain('does not answer')
    if (path === '/') expect(await accessibilityFaults(page), path).toEqual([])
    await page.unroute('**/v1/**')
    const again = page.getByRole('button', { name: 'Try again' })
    // A part that has its answer meanwhile takes its button away under the click.
    while ((await again.count()) > 0)
      await again
        .first()
        .click({ timeout: 1000 })
        .catch(() => undefined)
    await expect.poll(stillLoads(page), patience).toBe(0)
    await expect.poll(() => page.getByRole('alert').count(), patience).toBe(0)
  }
})

test('while it loads, a view says what it loads', { timeout }, async (context) => {
  const { page } = await openPage(context)
  const url = await openNothing()
  const gate = Promise.withResolvers<void>()
  await page.route('**/v1/alerts**', async (route) => {
    await gate.promise
    await route.continue()
  })
  await page.goto(`${url}/alerts`)
  await page.getByText('Loading the alerts…').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  gate.resolve()
  await page.getByText('Nothing left to review').waitFor()
})

test('on a phone four places lie under the thumb, and a fifth leads to the others', { timeout }, async (context) => {
  const { page } = await openPage(context)
  const url = await openNothing()
  await page.setViewportSize({ width: 390, height: 844 })
  const places = await placesOf(page, url)
  const navigation = page.getByRole('navigation', { name: 'Pages' })
  expect(await navigation.getByRole('link').count()).toBe(4)
  const more = navigation.getByRole('button', { name: 'More' })
  await more.click()
  expect(await navigation.getByRole('link').count()).toBe(places.length)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  await page.keyboard.press('Escape')
  await expect.poll(() => navigation.getByRole('link').count(), patience).toBe(4)
  await more.click()
  await navigation.getByRole('link', { name: 'Stream' }).click()
  await page.getByRole('heading', { level: 1, name: 'Stream' }).waitFor()
  expect(await navigation.getByRole('link').count()).toBe(4)
  // The fifth says where one is.
  await navigation.getByRole('button', { name: 'Stream' }).waitFor()
})

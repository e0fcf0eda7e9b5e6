// The console's live feed in a real browser before a real server: nothing is overlooked that comes while it connects, or is lost.

import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { consoleDir } from '../../src/app/listen.ts'
import { payment } from '../rig/artifact.ts'
import { openWebRig } from '../rig/web.ts'
import { openPage } from './browser.ts'

const timeout = 90_000

async function openServer() {
  const rig = await openWebRig({ consoleDir: consoleDir() })
  onTestFinished(() => rig.close())
  await rig.ask('/healthz')
  return {
    queue: `http://127.0.0.1:${(rig.app.server.address() as AddressInfo).port}/alerts`,
    happens: async (event: object) => {
      await rig.app.inject({ method: 'POST', url: '/v1/events', payload: [event] })
      await rig.decide()
    },
    hangUp: () => rig.app.server.closeAllConnections(),
  }
}

/** Holds the feed back from now on, until the returned function is called. */
async function holdFeed(page: Page): Promise<() => void> {
  const gate = Promise.withResolvers<void>()
  await page.route('**/v1/live', async (route) => {
    await gate.promise
    await route.continue()
  })
  return gate.resolve
}

const listed = (page: Page) => page.getByRole('list', { name: 'Alerts' }).getByRole('listitem')
const announced = (page: Page) => page.getByRole('button', { name: 'Show 1 new alert' })

test('an alert that comes after the queue was read and before the feed is open is announced', {
  timeout,
}, async (context) => {
  const { page, problems } = await openPage(context)
  const { queue, happens } = await openServer()
  await happens(payment('t1', 900))
  const letGo = await holdFeed(page)
  const newest = page.waitForResponse(/alerts\?limit=50$/)
  await page.goto(queue)
  await listed(page).filter({ hasText: 'C-t1' }).waitFor()
  await (await newest).finished()

  await happens(payment('t2', 950))
  letGo()
  await announced(page).click()
  await listed(page).filter({ hasText: 'C-t2' }).waitFor()
  expect(problems).toEqual([])
})

test('a queue stands still while the feed is lost, and says afterwards what it has missed', {
  timeout,
}, async (context) => {
  const { page } = await openPage(context)
  const { queue, happens, hangUp } = await openServer()
  await happens(payment('t1', 900))
  await page.goto(queue)
  await listed(page).filter({ hasText: 'C-t1' }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()

  const letGo = await holdFeed(page)
  hangUp()
  await page.getByText('Connection lost, trying again').waitFor()
  await happens(payment('t2', 950))
  letGo()
  await announced(page).waitFor()
  expect(await listed(page).filter({ hasText: 'C-t2' }).count()).toBe(0)
  await announced(page).click()
  await listed(page).filter({ hasText: 'C-t2' }).waitFor()
})

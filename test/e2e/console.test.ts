import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { accessibilityFaults } from './browser.ts'
import { chromiumPath, startTocsin, tempDir } from './tocsin.ts'

const minutes = 60_000
let browser: Browser | undefined
afterAll(() => browser?.close())

test('an alert arrives live in the console, is labelled there, and stands in the day’s page', {
  timeout: 5 * minutes,
}, async (context) => {
  const executablePath = chromiumPath(context)
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  browser = await chromium.launch({ executablePath, args })
  const demo = startTocsin(['demo', '--port', '0'], await tempDir())
  try {
    const [, url] = await demo.sees(/Console (http:\/\/[^/\s]+)/)
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))

    // While the demo streams, alerts come by themselves.
    await page.goto(`${url}/`)
    await page.getByRole('button', { name: 'Anomaly' }).first().waitFor({ timeout: minutes })
    await demo.sees(/until you stop it/)

    // One more of the same kind, now: it must show without a reload.
    const { fields, day } = await alertingEvent(url!)
    await page.goto(`${url}/alerts?sort=time`)
    // What comes before the queue is read stands in it, and is not news.
    await page.getByRole('list', { name: 'Alerts' }).getByRole('listitem').first().waitFor({ timeout: minutes })
    await page.evaluate('window.unreloaded = true')
    await post(`${url}/v1/events`, { ...fields, transaction_id: 'live-1', card_id: 'card-live' })
    // The queue never moves under the reader's hand: it says that there is more.
    await page.getByRole('button', { name: /Show \d+ new alert/ }).click({ timeout: minutes })
    const row = page.getByRole('listitem').filter({ hasText: 'card-live' })
    await row.waitFor()
    expect(await page.evaluate('window.unreloaded')).toBe(true)

    const labelled = page.waitForResponse((response) => response.url().endsWith('/v1/labels') && response.ok())
    await row.getByRole('button', { name: 'Anomaly' }).click()
    await labelled

    // The day is open: its page is live. Then event time passes midnight, and the page is fixed.
    await page.goto(`${url}/days/${day}`)
    await page.getByText('card-live').first().waitFor()
    const dayAfter = new Date(Date.parse(`${day}T00:00:00Z`) + 26 * 3_600_000).toISOString()
    await post(`${url}/v1/events`, { ...fields, transaction_id: 'live-2', card_id: 'card-later', time: dayAfter })
    await expect.poll(() => fixedPage(url!, day), { timeout: minutes }).toMatch(/card-live[\s\S]{0,2000}anomaly/i)
    expect(await fixedPage(url!, day)).toBe(await fixedPage(url!, day))
    await seeEveryView(page, url!)
    expect(problems).toEqual([])
  } finally {
    demo.process.kill('SIGINT')
  }
  expect(await demo.finished).toMatchObject({ code: 0 })
})

/** Each view over the demo's own data: its heading is there, nothing is missing, and axe has nothing to say. */
async function seeEveryView(page: Page, url: string): Promise<void> {
  const places = await page.evaluate<string[]>("[...document.querySelectorAll('nav a.place')].map((a) => a.pathname)")
  const { alerts } = await get<{ alerts: Alert[] }>(`${url}/v1/alerts?limit=1`)
  const tabs = ['simulator', 'silences', 'deliveries'].map((tab) => `/notifications?tab=${tab}`)
  for (const path of [...places, ...tabs, `/alerts/${alerts[0]!.id}`, '/models/1']) {
    await page.goto(url + path)
    await page.getByRole('heading', { level: 1 }).waitFor({ timeout: minutes })
    await expect.poll(() => page.locator('.loading').count(), { timeout: minutes }).toBe(0)
    expect(await page.getByRole('alert').count(), path).toBe(0)
    expect(await accessibilityFaults(page), path).toEqual([])
  }
}

type Alert = { id: string; fields: Record<string, unknown>; eventTime: string }

/** The newest alert's event. */
async function alertingEvent(url: string) {
  const { alerts } = await get<{ alerts: Alert[] }>(`${url}/v1/alerts?limit=1`)
  const { fields, eventTime } = await get<Alert>(`${url}/v1/alerts/${alerts[0]!.id}`)
  return { fields, day: eventTime.slice(0, 10) }
}

async function get<T>(url: string): Promise<T> {
  return (await fetch(url)).json() as Promise<T>
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** The stored page of a closed day; empty while the day is open. */
async function fixedPage(url: string, day: string): Promise<string> {
  const { days } = await get<{ days: { day: string; isClosed: boolean }[] }>(`${url}/v1/reports`)
  if (!days.find((each) => each.day === day)?.isClosed) return ''
  return fetch(`${url}/reports/${day}`).then((response) => response.text())
}

// An alert's mail, looked at as people see it, and answered from there in a real browser.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { AlertList } from '../../src/web/api/alerts.ts'
import { AnswerList } from '../../src/web/api/answers.ts'
import { openMailServer, readable } from '../contract/sides.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { chromiumPath, startTocsin, stop, tempDir } from './tocsin.ts'

const detector = 'card-fraud'
/** Where pictures go that a person wants to look at. */
const pictures = process.env.TOCSIN_PICTURES
let browser: Browser | undefined
afterAll(() => browser?.close())

const views = [
  { name: 'light', colorScheme: 'light', viewport: { width: 720, height: 860 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 720, height: 860 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 320, height: 860 } },
  { name: 'narrow-dark', colorScheme: 'dark', viewport: { width: 320, height: 860 } },
] as const

test('a mail fits and can be read, light, dark and narrow, and its link labels the alert', {
  timeout: 120_000,
}, async (context) => {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
  browser = await chromium.launch({ executablePath: chromiumPath(context), args })
  const dir = await tempDir()
  await promoteModel(join(dir, 'data'))
  const mail = await openMailServer()
  onTestFinished(() => mail.close())
  await writeFile(join(dir, 'tocsin.yaml'), configOf(mail.port))
  const up = startTocsin(['up', '--log-level', 'error'], dir)
  onTestFinished(() => void up.process.kill('SIGKILL'))
  const url = (await up.sees(/console (http:\S+?)\/ /))[1]!
  await post(`${url}/v1/events`, payment('t-0048151', 900))
  await expect.poll(() => mail.received.length, { timeout: 20_000 }).toBe(1)
  const html = /<!doctype html>[\s\S]*<\/html>/.exec(readable(mail.received[0]!.raw))![0]

  for (const { name, ...view } of views) {
    const page = await browser.newPage(view)
    await page.setContent(html)
    // No line is cut, nothing must be scrolled sideways.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    for (const label of ['Anomaly', 'Normal', 'Unsure', 'Silence this entity for a day', 'See it'])
      expect(await page.getByRole('link', { name: label, exact: true }).isVisible()).toBe(true)
    expect(await contrast(page)).toBeGreaterThanOrEqual(4.5)
    if (pictures) await page.screenshot({ path: join(pictures, `mail-${name}.png`), fullPage: true })
    await page.close()
  }

  // A scanner of mails follows every link.
  for (const [, link] of html.matchAll(/href="([^"]+\/answer\/[^"]+)"/g)) expect((await fetch(link!)).status).toBe(200)
  expect(AnswerList.parse(await get(`${url}/v1/answers`)).answers).toEqual([])

  const page = await browser.newPage(views[0])
  await page.setContent(html)
  await page.getByRole('link', { name: 'Normal', exact: true }).click()
  await page.getByLabel('Your name').waitFor()
  if (pictures) await page.screenshot({ path: join(pictures, 'answer.png'), fullPage: true })
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Why').fill('her new shop')
  await page.getByRole('button', { name: 'No, it was normal' }).click()
  await page.getByRole('heading', { name: 'Recorded as normal.' }).waitFor()
  expect(AlertList.parse(await get(`${url}/v1/alerts`)).alerts).toMatchObject([{ label: 'normal', labelledBy: 'Ada' }])
  expect(AnswerList.parse(await get(`${url}/v1/answers`)).answers).toMatchObject([
    { answer: 'normal', by: 'Ada', note: 'her new shop', receiver: 'team' },
  ])

  // Back and sent again: said, and not counted again.
  await page.goBack()
  await page.getByLabel('Your name').fill('Eve')
  await page.getByRole('button', { name: 'No, it was normal' }).click()
  await page.getByRole('heading', { name: 'This link has been used' }).waitFor()
  expect(AnswerList.parse(await get(`${url}/v1/answers`)).answers).toHaveLength(1)
  expect((await stop(up)).code).toBe(0)
})

function configOf(port: number): string {
  return `
detector: ${detector}
dataDir: data
report: {timeZone: Europe/Berlin}
web: {port: 0}
notify:
  team: {kind: email, to: [fraud@example.com], smtp: {host: 127.0.0.1, port: ${port}, tls: opportunistic}}
`
}

async function promoteModel(dataDir: string): Promise<void> {
  const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, Date.now())
  await registry.promote(version, 'champion', 'the test')
  await store.close()
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(202)
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

/** The least contrast of any text with what lies behind it (WCAG 2, relative luminance). */
async function contrast(page: Awaited<ReturnType<Browser['newPage']>>): Promise<number> {
  const least: unknown = await page.evaluate(`(() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number)
    const luminance = (colour) => {
      const [r, g, b] = colour.slice(0, 3).map((part) => {
        const share = part / 255
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = rgb(getComputedStyle(at).backgroundColor)
        if (colour.length === 3 || colour[3] > 0) return colour
      }
      return [255, 255, 255]
    }
    const texts = [...document.querySelectorAll('p, h1, a, td')].filter(
      (element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '') &&
        element.getClientRects().length > 0,
    )
    return Math.min(...texts.map((element) => {
      const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))].sort((x, y) => y - x)
      return (a + 0.05) / (b + 0.05)
    }))
  })()`)
  return Number(least)
}

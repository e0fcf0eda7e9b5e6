// The demo's views, and Setup's, as pictures: each at desktop and phone width, light and dark, into docs/pictures. `npm run pictures`.
// With PICTURES_OF=http://127.0.0.1:4380 of a demo that runs already, from its folder.

import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'

const out = resolve(import.meta.dirname, '../docs/pictures')
const bin = resolve(import.meta.dirname, '../bin/tocsin.js')
const shapes = [
  { name: 'desktop-light', viewport: { width: 1280, height: 900 }, colorScheme: 'light', mostHeight: 1500 },
  { name: 'desktop-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark', mostHeight: 1500 },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light', mostHeight: 1700 },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark', mostHeight: 1700 },
] as const
/** Of WebP: below it letters fray. */
const quality = 78
/** Of event time, between two payments of the flow at an ordinary hour. */
const eventEveryMs = 30_000
const hourMs = 3_600_000

/** What is done with a page before its picture is taken; of another address than the demo's where one is named. */
type View = { readonly path: string; readonly url?: string; readonly act?: (page: Page) => Promise<unknown> }

const startDemo = () => start(['demo', '--port', '0'], /Serving at (\S+)\/ until/)
/** In an empty folder: Setup is what it shows. */
const startNothing = () => start(['up', '--port', '0'], /Open (\S+)\/ to begin/)

async function start(args: readonly string[], ready: RegExp) {
  const cwd = await mkdtemp(join(tmpdir(), 'tocsin-pictures-'))
  const demo = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  const url = await new Promise<string>((resolve, failed) => {
    demo.on('exit', () => failed(new Error(`tocsin ${args[0]} ended:\n${printed}`)))
    demo.stdout.on('data', (chunk: Buffer) => {
      printed += chunk
      const match = ready.exec(printed)
      if (match) resolve(match[1]!)
    })
  })
  const stop = async () => {
    demo.removeAllListeners('exit')
    demo.kill('SIGINT')
    await new Promise((ended) => demo.once('exit', ended))
    await rm(cwd, { recursive: true, force: true })
  }
  return { url, cwd, stop }
}

/** Payments of the history, sent again as if they came now: hours of them at once, then a flow until told to stop. */
async function flow(url: string, cwd: string): Promise<() => Promise<void>> {
  const { watermark } = (await (await fetch(`${url}/v1/stats`)).json()) as { watermark: string }
  const lines = createInterface({ input: createReadStream(join(cwd, 'tocsin-demo/history.csv')) })[
    Symbol.asyncIterator
  ]()
  const names = String((await lines.next()).value).split(',')
  let sent = 0
  let at = Date.parse(watermark)
  const next = async () => {
    // Few at night, most in the afternoon.
    at += eventEveryMs / (1 + 0.7 * Math.cos((2 * Math.PI * (at / hourMs - 15)) / 24))
    const cells = String((await lines.next()).value).split(',')
    const { is_fraud: _, ...fields } = Object.fromEntries(names.map((name, i) => [name, cellValue(cells[i] ?? '')]))
    return { ...fields, transaction_id: `flow-${process.pid}-${sent++}`, time: new Date(at).toISOString() }
  }
  const post = async (n: number) => {
    const body = JSON.stringify(await Array.fromAsync({ length: n }, next))
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
  await post(600)
  let isOver = false
  const sending = (async () => {
    while (!isOver) {
      await post(1)
      await pause(150 + 100 * Math.sin(performance.now() / 4000))
    }
  })()
  return () => {
    isOver = true
    return sending
  }
}

function cellValue(cell: string): string | number | boolean | null {
  if (cell === '') return null
  if (cell === 'true' || cell === 'false') return cell === 'true'
  return Number.isNaN(Number(cell)) ? cell : Number(cell)
}

async function viewsOf(url: string): Promise<Record<string, View>> {
  const get = async <T>(path: string): Promise<T> => (await fetch(url + path)).json() as Promise<T>
  const { alerts } = await get<{ alerts: { id: string; entity: string }[] }>('/v1/alerts?sort=loss&limit=50')
  const { days } = await get<{ days: { day: string; isClosed: boolean; alerts: number }[] }>('/v1/reports')
  const closed = days.filter(({ isClosed }) => isClosed)
  const busiest = closed.sort((a, b) => b.alerts - a.alerts)[0]!.day
  // One whose entity alerted more than once: its history is in the picture, too.
  const known = alerts.find(({ id, entity }) => alerts.some((other) => other.id !== id && other.entity === entity))
  const press = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click()
  return {
    alert: { path: `/alerts/${(known ?? alerts[0]!).id}` },
    day: { path: `/days/${busiest}` },
    simulator: { path: '/notifications?tab=simulator', act: press('Play these days') },
    silences: { path: '/notifications?tab=silences' },
    deliveries: { path: '/notifications?tab=deliveries' },
    preview: { path: '/notifications', act: press(/Preview what inbox/) },
    model: { path: '/models/1' },
    'daily-page': { path: `/reports/${busiest}` },
  }
}

/** A file dropped into an empty installation, its columns in the places that Setup guesses. */
function setupView(url: string, history: string): View {
  return {
    ...{ url, path: '/setup' },
    act: async (page) => {
      const isThere = await page.getByRole('button', { name: 'Train' }).isVisible()
      if (!isThere) await page.getByLabel('File of labelled history').setInputFiles(history)
      await page.getByRole('button', { name: 'Look again' }).waitFor({ timeout: 60_000 })
    },
  }
}

/** The places of the navigation, by the names in their addresses. */
async function placesOf(page: Page, url: string): Promise<Record<string, View>> {
  await page.goto(`${url}/`)
  await page.locator('nav a.place').first().waitFor()
  const paths = await page.evaluate<string[]>("[...document.querySelectorAll('nav a.place')].map((a) => a.pathname)")
  return Object.fromEntries(paths.map((path) => [path === '/' ? 'now' : path.slice(1), { path }]))
}

/** As high as what it shows, up to a limit: the navigation at the bottom stays there. */
async function take(page: Page, file: string, { viewport, mostHeight }: (typeof shapes)[number]): Promise<number> {
  const content = await page.evaluate<number>('document.documentElement.scrollHeight')
  const height = Math.min(mostHeight, Math.max(viewport.height, content))
  await page.setViewportSize({ width: viewport.width, height })
  await page.waitForTimeout(300)
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality })
  const bytes = Buffer.from(data, 'base64')
  await writeFile(file, bytes)
  return bytes.length
}

const running = process.env.PICTURES_OF
const demo = running ? { url: running, cwd: process.cwd(), stop: async () => {} } : await startDemo()
const { url } = demo
const nothing = await startNothing()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
try {
  await mkdir(out, { recursive: true })
  const setup = setupView(nothing.url, join(demo.cwd, 'tocsin-demo/history.csv'))
  const views = { ...(await viewsOf(url)), setup }
  const first = await browser.newPage()
  const places = await placesOf(first, url)
  await first.close()
  const written = new Map<string, number>()
  const stopFlow = await flow(url, demo.cwd)
  await pause(3_000)
  for (const shape of shapes) {
    const page = await browser.newPage({
      viewport: shape.viewport,
      colorScheme: shape.colorScheme,
      reducedMotion: 'reduce',
      bypassCSP: true,
    })
    for (const [name, { path, act, url: other = url }] of Object.entries<View>({ ...places, ...views })) {
      await page.setViewportSize(shape.viewport)
      await page.goto(other + path, { waitUntil: 'load' })
      await page.waitForFunction("document.querySelector('.loading') === null")
      // The line of events a second has something to show after a while.
      await page.waitForTimeout(name === 'now' ? 12_000 : 700)
      await act?.(page)
      if (act) await page.waitForTimeout(1_500)
      const file = `${name}-${shape.name}.webp`
      written.set(file, await take(page, join(out, file), shape))
    }
    await page.close()
  }
  await stopFlow()
  for (const file of await readdir(out)) if (!written.has(file)) await rm(join(out, file))
  const megabytes = [...written.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6
  console.log(`${written.size} pictures, ${megabytes.toFixed(1)} MB, in docs/pictures`)
} finally {
  await browser.close()
  await nothing.stop()
  await demo.stop()
}

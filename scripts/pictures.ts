// The demo's pages as pictures: every view at desktop and phone width, light and dark, into docs/pictures. `npm run pictures`.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'

const out = resolve(import.meta.dirname, '../docs/pictures')
const bin = resolve(import.meta.dirname, '../bin/tocsin.js')
const shapes = [
  { name: 'desktop-light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const

mkdirSync(out, { recursive: true })
const cwd = mkdtempSync(join(tmpdir(), 'tocsin-pictures-'))
const demo = spawn(process.execPath, [bin, 'demo', '--port', '0'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
let printed = ''
const url = await new Promise<string>((ready, failed) => {
  demo.on('exit', () => failed(new Error(`the demo ended:\n${printed}`)))
  demo.stdout.on('data', (chunk: Buffer) => {
    printed += chunk
    const match = /Serving at (\S+)\/ until/.exec(printed)
    if (match) ready(match[1]!)
  })
})
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
try {
  const { alerts } = (await (await fetch(`${url}/v1/alerts?limit=1`)).json()) as { alerts: { id: string }[] }
  const { days } = (await (await fetch(`${url}/v1/reports`)).json()) as {
    days: { day: string; isClosed: boolean; alerts: number }[]
  }
  const busiest = days.filter(({ isClosed }) => isClosed).sort((a, b) => b.alerts - a.alerts)[0]!.day
  const views = {
    now: '/',
    alerts: '/alerts',
    alert: `/alerts/${alerts[0]!.id}`,
    days: '/days',
    day: `/days/${busiest}`,
    inbox: '/inbox',
    notifications: '/notifications',
    deliveries: '/notifications?tab=deliveries',
    simulator: '/notifications?tab=simulator',
    stream: '/stream',
    models: '/models',
    model: '/models/1',
    'daily-page': `/reports/${busiest}`,
  }
  for (const { name, ...shape } of shapes) {
    const page = await browser.newPage(shape)
    for (const [view, path] of Object.entries(views)) {
      await page.goto(url + path, { waitUntil: 'load' })
      await page.waitForTimeout(1200)
      await page.screenshot({ path: join(out, `${view}-${name}.png`), fullPage: view === 'daily-page' })
    }
    await page.close()
  }
} finally {
  await browser.close()
  demo.removeAllListeners('exit')
  demo.kill('SIGINT')
}

// The console in Chromium over 100,000 open alerts and 100 million counted decisions: loads, live feed, accessibility, sizes. `npm run bench:console`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { payment } from '../test/rig/artifact.ts'
import { load, longTasks, openFresh, pageClock, settled, violations } from './consoleBrowser.ts'
import { fill } from './consoleFill.ts'
import { type Figure, measure, publish, type Ratio, type Result, summarise } from './harness.ts'

const isQuick = process.argv.includes('--quick')
/** Words of the cases that are wanted; all where none is given. */
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const runs = isQuick ? 1 : 3
const detector = 'card-fraud'
const days = 90
const alerts = isQuick ? 2_000 : 100_000
const decisions = isQuick ? 1_000_000 : 100_000_000
const liveSeconds = isQuick ? 4 : 20
const alertsPerMinute = 1000
/** Rows of the queue that are loaded before a hand works in it. */
const deepRows = isQuick ? 200 : 2000
const bin = resolve(import.meta.dirname, '../bin/tocsin.js')

async function startTocsin() {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-console-'))
  console.error(`filling ${days} days with ${alerts} alerts`)
  await fill({ dir: join(dir, 'data'), detector, days, alerts, decisions })
  const config = `detector: ${detector}\ndataDir: data\nweb: {port: 0}\nnotify: {inbox: {kind: inbox}}\n`
  await writeFile(join(dir, 'tocsin.yaml'), config)
  const child = spawn(process.execPath, [bin, 'up', '--log-level', 'warn'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += chunk
    if (/console http/.test(printed)) break
  }
  const url = /console (http:\S+?)\/ /.exec(printed)?.[1]
  if (!url) throw new Error(`no address in: ${printed}`)
  return {
    url,
    stop: async () => {
      child.kill('SIGINT')
      await once(child, 'exit')
      await rm(dir, { recursive: true })
    },
  }
}

type View = { readonly name: string; readonly path: string }

/** Every place of the navigation, and one of what each leads to. */
async function viewsOf(browser: Browser, url: string): Promise<View[]> {
  const page = await openFresh(browser)
  await page.goto(`${url}/`)
  await settled(page)
  const places = await page.evaluate<string[]>(
    "[...document.querySelectorAll('nav a.place')].map((link) => link.getAttribute('href'))",
  )
  await page.context().close()
  const newest = (await (await fetch(`${url}/v1/alerts?limit=1`)).json()) as { alerts: { id: string }[] }
  const listed = (await (await fetch(`${url}/v1/reports`)).json()) as { days: { day: string; isClosed: boolean }[] }
  const closed = listed.days.find(({ isClosed }) => isClosed)!.day
  const tabs = ['simulator', 'silences', 'deliveries'].map((tab) => `/notifications?tab=${tab}`)
  return [
    ...[...places, '/alerts?sort=time&label=all', '/models/1', ...tabs].map((path) => ({ name: path, path })),
    { name: '/alerts/:id', path: `/alerts/${newest.alerts[0]!.id}` },
    { name: '/days/:day', path: `/days/${closed}` },
  ]
}

async function loads(browser: Browser, url: string, path: string): Promise<Figure[]> {
  const page = await openFresh(browser)
  const { interactiveMs, firstPaintMs, scriptBytes, longestTaskMs } = await load(page, url + path)
  await page.context().close()
  return [
    { metric: 'interactive', unit: 's', value: interactiveMs / 1000 },
    { metric: 'first paint', unit: 's', value: firstPaintMs / 1000 },
    { metric: 'script', unit: 'kB', value: scriptBytes / 1000 },
    { metric: 'longest task while loading', unit: 'ms', value: longestTaskMs },
  ]
}

/** Sends alerting events by the clock until told to stop; answers how many. */
function stream(url: string, label: string): () => Promise<number> {
  const everyMs = 60_000 / alertsPerMinute
  const stopping = new AbortController()
  const sending = (async () => {
    const start = performance.now()
    for (let i = 0; ; i++) {
      await pause(Math.max(0, start + i * everyMs - performance.now()))
      if (stopping.signal.aborted) return i
      const body = JSON.stringify(payment(`${label}-${i}`, 900, new Date().toISOString()))
      const answer = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      if (!answer.ok) throw new Error(`answered ${answer.status}`)
      await answer.arrayBuffer()
    }
  })()
  return async () => {
    stopping.abort()
    return sending
  }
}

/** A view that is looked at, and worked in, while alerts come. */
async function watched(
  browser: Browser,
  url: string,
  path: string,
  work: (page: Page) => Promise<void>,
): Promise<Figure[]> {
  const page = await openFresh(browser)
  await page.goto(url + path)
  await settled(page)
  const stop = stream(url, `live-${Date.now()}`)
  const since = await pageClock(page)
  const until = performance.now() + liveSeconds * 1000
  while (performance.now() < until) await work(page)
  const tasks = await longTasks(page, since)
  const seconds = (await pageClock(page)) - since
  const sent = await stop()
  await page.context().close()
  return [
    { metric: 'longest task', unit: 'ms', value: Math.max(0, ...tasks.map(({ duration }) => duration)) },
    { metric: 'tasks of 50 ms or more', unit: 'tasks', value: tasks.length },
    { metric: 'alerts a minute', unit: 'alerts', value: (sent * 60_000) / seconds },
  ]
}

const look = async (page: Page) => page.waitForTimeout(250)

async function triage(page: Page): Promise<void> {
  await page.keyboard.press('j')
  await page.keyboard.press(Math.random() < 0.5 ? 'a' : 'n')
  await page.mouse.wheel(0, 120)
  await page.waitForTimeout(200)
}

/** A hand in a long queue: many rows are loaded, then answered one by one. */
async function deep(browser: Browser, url: string): Promise<Figure[]> {
  const page = await openFresh(browser)
  await page.goto(`${url}/alerts`)
  await settled(page)
  await page.mouse.move(640, 500)
  const listed = async () =>
    Number.parseInt((await page.getByRole('heading', { name: /alerts? listed/ }).textContent())!.replace(/\D/g, ''), 10)
  const loading = await pageClock(page)
  for (const until = performance.now() + 60_000; (await listed()) < deepRows; await pause(50)) {
    if (performance.now() > until) throw new Error(`${await listed()} rows after a minute; expected ${deepRows}`)
    await page.mouse.wheel(0, 3000)
  }
  const whileLoading = await longTasks(page, loading)
  const since = await pageClock(page)
  for (let i = 0; i < 40; i++) await triage(page)
  const tasks = await longTasks(page, since)
  await page.context().close()
  const longest = (of: typeof tasks) => Math.max(0, ...of.map(({ duration }) => duration))
  return [
    { metric: 'longest task while loading', unit: 'ms', value: longest(whileLoading) },
    { metric: 'longest task', unit: 'ms', value: longest(tasks) },
    { metric: 'tasks of 50 ms or more', unit: 'tasks', value: tasks.length },
  ]
}

async function accessibility(browser: Browser, url: string, views: readonly View[]): Promise<Figure[]> {
  let found = 0
  for (const width of [1280, 390])
    for (const { path } of views) {
      const page = await openFresh(browser, { width })
      await page.goto(url + path)
      await settled(page)
      const faults = await violations(page)
      if (faults.length > 0) console.error(`${path}, ${width} px: ${faults.join(', ')}`)
      found += faults.length
      await page.context().close()
    }
  return [{ metric: 'axe violations, light and dark, 1280 and 390 px', unit: 'violations', value: found }]
}

const one = async (name: string, times: number, run: () => Promise<readonly Figure[]>) => {
  if (wanted.length === 0 || wanted.some((word) => name.includes(word)))
    measured.push(...(await measure({ name, runs: times, isWarm: true, subjects: [{ name: 'console', run }] })))
}

const measured: Awaited<ReturnType<typeof measure>> = []
const tocsin = await startTocsin()
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
  const views = await viewsOf(browser, tocsin.url)
  for (const { name, path } of views) await one(name, runs, () => loads(browser, tocsin.url, path))
  await one('all views', 1, () => accessibility(browser, tocsin.url, views))
  const live = `live, ${alertsPerMinute} alerts a minute`
  await one(`${live}: Now`, 1, () => watched(browser, tocsin.url, '/', look))
  await one(`${live}: the queue, worked in`, 1, () => watched(browser, tocsin.url, '/alerts', triage))
  await one(`${deepRows} rows of the queue, worked in`, 1, () => deep(browser, tocsin.url))
} finally {
  await browser.close()
  await tocsin.stop()
}

const results = summarise(measured)
const worst = (metric: string, name: string, target: string): Ratio[] => {
  const all = results.filter((result) => result.metric === metric)
  if (all.length === 0) return []
  const slowest = all.reduce((most, each) => (each.median > most.median ? each : most), all[0]!)
  return [{ name: `${name} (${slowest.case})`, ...spreadOf(slowest), target }]
}
const spreadOf = ({ median, min, max }: Result) => ({ median, low: min, high: max })
await publish(
  {
    bench: 'console',
    runs,
    results,
    ratios: [
      ...worst('interactive', 'slowest view interactive, s', '<= 1'),
      ...worst('script', 'most script at first load, kB compressed', '<= 300'),
      ...worst('first paint', 'latest first paint, s', '<= 1'),
      ...worst('longest task', 'longest task while alerts come or a hand works, ms', '< 50'),
      ...worst('axe violations, light and dark, 1280 and 390 px', 'axe violations', '0'),
    ],
    notes: [
      `${days} days, ${alerts.toLocaleString('en')} open alerts, ${decisions.toLocaleString('en')} decisions counted in minutes (the alerts have their decisions, the others are counts alone). One process (\`tocsin up\`, embedded store), Chromium and this script share the machine.`,
      'Each load has an empty cache of its own, over loopback. Interactive: the heading is there, nothing says that it loads, and a frame has been drawn after it. Tasks below 50 ms are not told by the browser and count as 0.',
      ...(loadavg()[0]! > 2 * availableParallelism()
        ? ['The machine was busy with other work: these figures are not to be quoted.']
        : []),
    ],
  },
  // A few cases are no result: they go where nothing is quoted from.
  { isQuick: isQuick || wanted.length > 0 },
)

// A page of the console in, what a browser counts out: when it can be used, when it paints, what it loads, what keeps it busy.

import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'

export type Load = {
  /** ms from the navigation until what the view shows is there, nothing loads any more and a frame after it was drawn. */
  readonly interactiveMs: number
  readonly firstPaintMs: number
  /** Bytes of script as they came over the wire. */
  readonly scriptBytes: number
  /** ms of the longest task while it loaded. */
  readonly longestTaskMs: number
}

// Runs in the page before its own code: looks at every frame, which comes only when nothing else keeps the thread.
const watch = `
  window.bench = { tasks: [], readyAt: undefined }
  new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration }))))
    .observe({ type: 'longtask', buffered: true })
  const look = () => {
    const isThere = document.querySelector('h1') !== null && document.querySelector('.loading') === null
    bench.readyAt = isThere ? bench.readyAt ?? performance.now() : undefined
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)`

type Task = { readonly startTime: number; readonly duration: number }

/** A page whose cache is empty. */
export async function openFresh(
  browser: Browser,
  options: { readonly width: number } = { width: 1280 },
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: options.width, height: 900 }, bypassCSP: true })
  const page = await context.newPage()
  await page.addInitScript(watch)
  return page
}

/** Resolves when the view is there and has been for half a second. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction('bench.readyAt !== undefined && performance.now() > bench.readyAt + 500')
}

export async function load(page: Page, url: string): Promise<Load> {
  await page.goto(url)
  await settled(page)
  return page.evaluate<Load>(`({
    interactiveMs: bench.readyAt,
    firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    scriptBytes: performance.getEntriesByType('resource').filter(({ name }) => /\\.js$/.test(name)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    longestTaskMs: Math.max(0, ...bench.tasks.map(({ duration }) => duration)),
  })`)
}

/** The tasks of 50 ms or more since `since` (ms of the page's clock): what a hand feels. */
export async function longTasks(page: Page, since: number): Promise<readonly Task[]> {
  const tasks = await page.evaluate<Task[]>('bench.tasks')
  return tasks.filter(({ startTime }) => startTime >= since)
}

export const pageClock = (page: Page): Promise<number> => page.evaluate<number>('performance.now()')

/** What axe finds in a view as it stands, in light and dark: every rule, those of best practice too. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const ids = await page.evaluate<string[]>('axe.run().then(({ violations }) => violations.map(({ id }) => id))')
    found.push(...ids.map((id) => `${id} (${colorScheme})`))
  }
  return found
}

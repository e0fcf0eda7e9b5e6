// People's tasks in a real browser over a real system: find, label, label many, silence, simulate, mend and replay.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startSystem } from '../../src/app/system.ts'
import { parseConfig } from '../../src/config.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { payment, smallArtifact } from '../rig/artifact.ts'
import { chromiumPath, tempDir } from './tocsin.ts'

const detector = 'card-fraud'
const patience = { timeout: 15_000 }
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

test('alerts are found, answered, silenced, played over and dead letters mended, at desktop and phone width', {
  timeout: 180_000,
}, async (context) => {
  const executablePath = chromiumPath(context)
  const system = await startFilled(await tempDir())
  let browser: Browser | undefined
  try {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    const page = await browser.newPage({ bypassCSP: true })
    page.setDefaultTimeout(15_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    const open = (path: string) => page.goto(`${system.url}${path}`)
    const rows = page.getByRole('list', { name: 'Alerts' }).getByRole('listitem')

    await open('/alerts')
    await expect.poll(() => rows.locator('h3 a').allTextContents(), patience).toEqual(['C-t3', 'C-t2', 'C-t1', 'C-t0'])
    await isAccessible(page)

    // By hand: the dearest one, then the next is said to be unsure.
    await page.keyboard.press('j')
    const labelled = page.waitForResponse((response) => response.url().endsWith('/v1/labels'))
    await page.keyboard.press('a')
    expect((await labelled).ok()).toBe(true)
    await page.keyboard.press('j')
    const unsure = page.waitForResponse((response) => response.url().endsWith('/unsure'))
    await page.keyboard.press('u')
    expect((await unsure).ok()).toBe(true)

    // Many at once.
    await page.getByLabel('Choose C-t1').check()
    await page.getByLabel('Choose C-t0').check()
    const many = page.waitForResponse((response) => response.url().endsWith('/v1/labels/many'))
    await page.getByRole('button', { name: 'All normal' }).click()
    expect(await (await many).json()).toMatchObject({ labelled: 2, label: 'normal' })

    // An entity is found, its alert looked into, acknowledged and silenced.
    await page.getByRole('searchbox', { name: 'Entity' }).fill('C-t2')
    await page.keyboard.press('Enter')
    await page.waitForURL(/entity=C-t2/)
    await rows.getByRole('link', { name: 'C-t2' }).click()
    await page.getByText('in place of').waitFor()
    await page.getByText('cannot tell').waitFor()
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByText('takes care since').waitFor()
    await isAccessible(page)
    await page.getByRole('button', { name: 'Silence…' }).click()
    await page.getByRole('textbox', { name: 'Why' }).fill('a known shop')
    await page.getByRole('button', { name: 'Silence', exact: true }).click()

    await open('/notifications?tab=silences')
    await page.getByText('a known shop').waitFor()
    await isAccessible(page)
    await page.getByRole('button', { name: /End now/ }).click()
    await page.getByText(/^Ended/).waitFor()

    await open('/notifications?tab=simulator')
    await page.getByRole('button', { name: 'Play these days' }).click()
    await page.getByRole('cell', { name: /C-t3/ }).waitFor()
    await isAccessible(page)

    await open('/notifications')
    await page.getByRole('button', { name: /Send a test to inbox/ }).click()
    await page.getByText('On its way').waitFor()
    await isAccessible(page)
    await open('/notifications?tab=deliveries')
    await page.getByText('notice: test').waitFor()
    await isAccessible(page)

    // A record without an amount, mended.
    await open('/stream')
    await page.getByText('Look, mend and replay').click()
    const field = page.getByLabel('As it should be')
    await field.fill(JSON.stringify(payment('t9', 990)))
    await isAccessible(page)
    await page.getByRole('button', { name: 'Replay mended' }).click()
    await page.getByText(/In the stream again/).waitFor()
    await open('/alerts')
    await rows.getByRole('link', { name: 'C-t9' }).waitFor()

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 390, height: 844 })
      for (const path of ['/alerts', '/notifications', '/notifications?tab=deliveries', '/stream']) {
        await open(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await isAccessible(page)
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), path).toBeLessThanOrEqual(0)
      }
    }
    expect(problems).toEqual([])
  } finally {
    await browser?.close()
    await system.stop()
  }
})

/** A running system with a model, four alerts of 600 to 900, and one record that cannot be read. */
async function startFilled(dir: string) {
  const dataDir = join(dir, 'data')
  const store = await openEmbeddedStore({ dir: dataDir, clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, Date.now())
  await registry.promote(version, 'champion', 'the test')
  await store.close()
  const config = parseConfig({ detector, dataDir, notify: { inbox: { kind: 'inbox' } }, web: { port: 0 } })
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const system = await startSystem({ config, console: silent, logLevel: 'silent' })
  const events = [600, 700, 800, 900].map((amount, i) => payment(`t${i}`, amount, `2026-03-03T1${i}:00:00Z`))
  const broken = { ...payment('t9', 1), amount: 'many' }
  const response = await fetch(`${system.url}/v1/events?onInvalid=deadLetter`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([...events, broken]),
  })
  expect(response.ok).toBe(true)
  await system.settled(AbortSignal.timeout(15_000))
  return system
}

async function isAccessible(page: Page): Promise<void> {
  // What is still loading says nothing of the page.
  await page.waitForFunction("document.querySelector('.loading') === null")
  await page.evaluate(await readFile(axe, 'utf8'))
  const violations = await page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(', ')))",
  )
  expect(violations, page.url()).toEqual([])
}

// From an empty folder to the first alert, in a real browser: a file dropped, a leak left out, trained, live; and files that are none.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { accessibilityFaults, openPage } from './browser.ts'
import { startTocsin, stop, tempDir } from './tocsin.ts'

const patience = { timeout: 60_000 }

/** Payments of 30 days; fraud is larger and earlier. `chargeback` is known afterwards only. */
function history(rows: number): string {
  const random = new Random(11)
  const lines = ['payment_id,paid_at,card_id,amount,hour,channel,chargeback,is_fraud']
  for (let i = 0; i < rows; i++) {
    const isFraud = random.below(25) === 0
    const amount = Math.round(100 * random.exponential(isFraud ? 400 : 40)) / 100
    const hour = random.below(isFraud ? 9 : 24)
    const time = new Date(Date.UTC(2026, 0, 1) + Math.floor((i / rows) * 30 * 86_400_000)).toISOString()
    const channel = ['chip', 'online', 'contactless'][random.below(3)]
    lines.push(
      [`p${i}`, time, `card-${random.below(300)}`, amount, hour, channel, isFraud ? 1 : 0, isFraud ? 1 : 0].join(','),
    )
  }
  return `${lines.join('\n')}\n`
}

async function openConsole(context: TestContext) {
  const dir = await tempDir()
  const { page, problems } = await openPage(context)
  const running = startTocsin(['up', '--port', '0'], dir)
  onTestFinished(async () => void (await stop(running)))
  const [, url] = await running.sees(/Open (http:\/\/[^/\s]+)\//)
  return { dir, page, problems, running, url: url! }
}

const choose = (page: Page, path: string) => page.getByLabel('File of labelled history').setInputFiles(path)

test('somebody with a CSV goes from an empty folder to the first alert without leaving the browser', {
  timeout: 240_000,
}, async (context) => {
  const { dir, page, running, url } = await openConsole(context)
  const csv = join(dir, 'card payments.csv')
  await writeFile(csv, history(6000))

  await page.goto(`${url}/`)
  await page.getByRole('heading', { name: 'Drop a file of labelled history' }).waitFor(patience)
  expect(page.url()).toBe(`${url}/setup`)
  expect(await accessibilityFaults(page)).toEqual([])

  // By keyboard alone, as far as the system's own dialog.
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).focus()
  await page.keyboard.press('Enter')
  await (await chooser).setFiles(csv)

  // Who is who is guessed, and the column that gives the answer away stops training until somebody has looked.
  await page.getByRole('button', { name: 'Look again' }).waitFor(patience)
  expect(await page.getByLabel(/^Label/).inputValue()).toBe('is_fraud')
  expect(await page.getByLabel(/^Time/).inputValue()).toBe('paid_at')
  expect(await page.getByLabel(/^Amount/).inputValue()).toBe('amount')
  expect(await page.getByLabel(/^Entity/).inputValue()).toBe('card_id')
  expect(await page.getByLabel(/^Id/).inputValue()).toBe('payment_id')
  expect(await page.getByLabel(/^Name/).inputValue()).toBe('card-payments')
  const train = page.getByRole('button', { name: 'Train' })
  expect(await train.isDisabled()).toBe(true)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Leave out chargeback' }).first().click()
  await page.getByLabel(/^Alerts a day/).fill('20')
  await train.click()

  await page.getByRole('progressbar').waitFor(patience)
  await page.getByRole('button', { name: 'Go live' }).waitFor(patience)
  await page.getByText('Average precision').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  const report = await page.request.get(`${url}/v1/setup/report`)
  expect(await report.text()).toContain('card payments.csv')

  await page.getByRole('button', { name: 'Go live' }).click()
  await running.sees(/card-payments is up/)
  await page.getByRole('heading', { name: 'card-payments is live' }).waitFor(patience)
  expect(await accessibilityFaults(page)).toEqual([])
  expect(await page.getByLabel('Command that sends it').textContent()).toContain(`curl ${url}/v1/events`)
  await page.getByRole('button', { name: 'Send it from here' }).click()
  await page.getByText('It came: 1 event scored, 1 of them an alert.').waitFor(patience)
  await page.getByRole('link', { name: 'Alerts' }).first().click()
  await page.getByRole('button', { name: 'Anomaly' }).first().waitFor(patience)

  const yaml = await readFile(join(dir, 'tocsin.yaml'), 'utf8')
  expect(yaml).toContain('detector: card-payments\n')
  expect(yaml).toContain('  label: "is_fraud"')
  expect(yaml).toContain('  ignore: ["chargeback"]')
  expect(yaml).toContain('operatingPoint: {alertsPerDay: 20}')
  expect(await readdir(join(dir, 'tocsin-data'))).not.toContain('setup')
})

test('files that are no history are refused in words, and leave nothing', { timeout: 120_000 }, async (context) => {
  const { dir, page, problems, url } = await openConsole(context)
  const files = {
    'photo.png': ['not a history', 'ending that is not known'],
    'empty.csv': ['', 'empty'],
    'headers.csv': ['a,b,label\n', 'has no rows'],
    'broken.parquet': ['PAR1 and then something else', 'could not be read'],
  }
  await page.goto(`${url}/setup`)
  for (const [name, [text, words]] of Object.entries(files)) {
    await writeFile(join(dir, name), text!)
    await choose(page, join(dir, name))
    const alert = page.getByRole('alert').filter({ hasText: words! })
    await alert.waitFor(patience)
    // The file by its own name; where it lies meanwhile is nobody's business.
    expect(await alert.textContent()).not.toContain('tocsin-data')
  }
  expect(await accessibilityFaults(page)).toEqual([])

  // Read well, and not fit to be trained on: only one kind of label.
  await writeFile(join(dir, 'normal.csv'), `amount,label\n${'1,0\n2,0\n'.repeat(50)}`)
  await choose(page, join(dir, 'normal.csv'))
  await page.getByRole('alert').filter({ hasText: 'has only 0 (100 rows)' }).waitFor(patience)
  await page.getByRole('button', { name: 'Another file' }).click()
  await page.getByRole('button', { name: 'Choose a file' }).waitFor(patience)
  expect(await readdir(join(dir, 'tocsin-data'))).not.toContain('setup')
  // The browser logs what the server refused.
  expect(problems.filter((problem) => !problem.includes('Failed to load resource'))).toEqual([])
})

test('training that is stopped leaves the file, and begins again', { timeout: 120_000 }, async (context) => {
  const { dir, page, url } = await openConsole(context)
  await writeFile(join(dir, 'h.csv'), history(20_000))
  await page.goto(`${url}/setup`)
  await choose(page, join(dir, 'h.csv'))
  await page.getByRole('button', { name: 'Leave out chargeback' }).first().click(patience)
  await page.getByRole('button', { name: 'Train' }).click()
  await page.getByRole('button', { name: 'Stop' }).click(patience)
  await page.getByRole('button', { name: 'Train' }).waitFor(patience)
  expect(await (await fetch(`${url}/v1/models`)).json()).toEqual({ models: [] })
})

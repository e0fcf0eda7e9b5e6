// The daily page where people read it: three widths of mail clients, light and dark, without its style sheet, as PDF; the same bytes each time.

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { accessibilityFaults, openPage } from './browser.ts'

const golden = fileURLToPath(new URL('../golden/', import.meta.url))

/** Of a phone, a reading pane and a window. */
const widths = [360, 640, 1000]

test('a mail client shows the whole page at any width, light or dark, and also without its styles', {
  timeout: 120_000,
}, async (context) => {
  const html = await readFile(`${golden}daily-page.html`, 'utf8')
  // Nothing is loaded and nothing runs: a client would take either away.
  expect(html).not.toMatch(/<(script|link|iframe|form)\b|\b(src|srcset)=|url\(|@import/i)
  expect(Buffer.byteLength(html)).toBeLessThan(102_000)
  const { page, problems } = await openPage(context)
  const bare = html.replace(/<style>[\s\S]*?<\/style>/, '')
  for (const body of [html, bare]) {
    await page.setContent(body)
    // Without styles a phone draws its tables aside; what is wider does not need to.
    for (const width of body === bare ? widths.slice(1) : widths) {
      await page.setViewportSize({ width, height: 900 })
      expect([width, Number(await page.evaluate('document.documentElement.scrollWidth'))]).toEqual([width, width])
      expect(await page.getByText('Money at risk').first().isVisible()).toBe(true)
      expect(await page.getByText('The day’s books').isVisible()).toBe(true)
    }
  }
  await page.setContent(html)
  expect(await accessibilityFaults(page)).toEqual([])
  expect(problems).toEqual([])
})

const make = `
  import { renderDay, renderPdf, summarizeDay, summaryText } from './src/report/report.ts'
  import { sampleDay } from './test/golden/sample-day.ts'
  import { createHash } from 'node:crypto'
  const summary = summarizeDay(sampleDay())
  for (const part of [renderDay(summary), summaryText(summary), await renderPdf(summary)])
    console.log(createHash('sha256').update(part).digest('hex'))`

test('two processes, in other places of the world, make the same bytes of page, text and PDF', {
  timeout: 60_000,
}, async () => {
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', make], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
  const first = run({ TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' })
  const second = run({ TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' })
  expect(first.stderr).toBe('')
  expect(first.stdout.trim().split('\n')).toHaveLength(3)
  expect(second.stdout).toBe(first.stdout)
})

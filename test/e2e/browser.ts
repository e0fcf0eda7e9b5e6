// A browser on the machine in, pages of the console and what is wrong with them out.

import axe from 'axe-core'
import { chromium, type Page } from 'playwright-core'
import { onTestFinished, type TestContext } from 'vitest'
import { chromiumPath } from './tocsin.ts'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page, closed with its browser when the test is over; `problems` are errors that it throws or logs. */
export async function openPage(context: TestContext): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const browser = await chromium.launch({ executablePath: chromiumPath(context), args })
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  return { page, problems }
}

type Violation = { readonly id: string; readonly nodes: readonly { readonly html: string }[] }

/** What axe finds in the page as it stands, in both colour schemes, at desktop and phone width: none is well. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const size = page.viewportSize()!
  await page.evaluate(axe.source)
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()')
      for (const { id, nodes } of violations)
        faults.push(`${id} (${colorScheme}, ${width} px): ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
      if (Number(await page.evaluate('document.documentElement.scrollWidth')) > width)
        faults.push(`wider than its window (${colorScheme}, ${width} px)`)
    }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(size)
  return faults
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTocsin, sharedData, tempDir } from './tocsin.ts'

const minutes = 60_000

test('the demo loses nothing, tells every alert once, and closes its days', { timeout: 3 * minutes }, async () => {
  const dir = await tempDir()
  const { code, out, err } = await runTocsin(['demo', '--exit', '--port', '0', '--speed', 'max'], dir)
  expect(err).toMatch(/First alert [\d.]+ s after the start/)
  expect(out).toMatch(/average precision +0\.\d{3} +0\.\d{3} – 0\.\d{3}/)
  // What is streamed is what the model that streams has not learned from.
  expect(out).toContain('Evaluation on the last period, which training never saw')
  const equal = [...out.matchAll(/✔ (events streamed|alerts = inbox).* ([\d,]+) = ([\d,]+)/g)]
  expect(equal.map(([, , left]) => left)).toEqual(equal.map(([, , , right]) => right))
  expect(equal).toHaveLength(2)
  expect(out).toMatch(/✔ alerts = those of tocsin score +same events/)
  expect(Number(/✔ days closed +(\d+)/.exec(out)?.[1])).toBeGreaterThan(5)
  expect(code).toBe(0)
})

test('on the real card data the replay alerts on exactly the rows that tocsin score names', {
  timeout: 3 * minutes,
}, async (context) => {
  const data = sharedData(context, 'creditcard.csv.gz')
  const dir = await tempDir()
  const { code, out } = await runTocsin(
    ['demo', '--data', data, '--label', 'Class', '--exit', '--port', '0', '--speed', 'max'],
    dir,
  )
  const averagePrecision = Number(/average precision +(0\.\d{3})/.exec(out)?.[1])
  expect(averagePrecision).toBeGreaterThan(0.6)
  expect(averagePrecision).toBeLessThan(0.95)
  expect(out).toMatch(/✔ alerts = those of tocsin score +same events/)
  expect(code).toBe(0)
})

test('a file that cannot be learned from ends the demo with one clear error', async () => {
  const dir = await tempDir()
  const history = join(dir, 'history.csv')
  await writeFile(history, 'amount,label\n1,0\n2,0\n')
  const { code, err } = await runTocsin(['demo', '--data', history, '--label', 'label', '--exit'], dir)
  expect(err).toMatch(/\[HISTORY_ONE_CLASS\]/)
  expect(code).toBe(65)
  expect(await readFile(join(dir, 'tocsin-demo/tocsin.yaml'), 'utf8')).toContain('label')
})

import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { generateCards } from '../../src/data/generate.ts'
import { writeCsv } from '../../src/data/write.ts'
import { weekOf } from '../../src/report/period.ts'
import { runTocsin, startTocsin, stop, tempDir } from './tocsin.ts'

const minutes = 60_000
const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block!)

/** The words of each `npx tocsin …` line, in the README's order. */
const commands = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .flatMap((line) => (line.startsWith('npx tocsin ') ? [line.split(' ').slice(2)] : []))

test('what the README tells people to type works, in its order', { timeout: 4 * minutes }, async () => {
  const dir = await tempDir()
  const payments = [...generateCards({ seed: 5, days: 20, transactionsPerDay: 800 })]
  await writeCsv(join(dir, 'history.csv'), payments)
  const ran: string[] = []
  for (const args of commands.filter(([name]) => name !== 'up' && name !== 'report')) {
    const { code, err } = await runTocsin(args[0] === 'demo' ? [...args, '--exit', '--port', '0'] : args, dir)
    expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' })
    ran.push(args[0]!)
  }
  expect(ran).toEqual(['demo', 'init', 'train'])

  await writeFile(join(dir, 'tocsin.yaml'), `${await readFile(join(dir, 'tocsin.yaml'), 'utf8')}web: {port: 0}\n`)
  const up = startTocsin(['up'], dir)
  const [, url] = await up.sees(/console (http:\/\/[^/\s]+)/)
  const [, path] = /curl .* http:\/\/127\.0\.0\.1:4380(\S+)/.exec(readme)!
  const { is_fraud: _, ...event } = payments.at(-1)!
  expect(await post(`${url}${path}`, event)).toBe(202)
  const day = event.time.slice(0, 10)
  const nextDay = new Date(Date.parse(event.time) + 30 * 3_600_000).toISOString()
  expect(await post(`${url}${path}`, { ...event, transaction_id: 'tx-later', time: nextDay })).toBe(202)
  await expect.poll(async () => (await runTocsin(['report'], dir)).out, { timeout: 20_000 }).toContain(day)
  for (const args of commands.filter(([name]) => name === 'report')) {
    const dated = args.map((word) => word.replace(/^\d{4}-\d{2}-\d{2}$/, day).replace(/^\d{4}-W\d{2}$/, weekOf(day)))
    expect((await runTocsin(dated, dir)).code).toBe(0)
  }
  expect(await readFile(join(dir, 'day.html'), 'utf8')).toContain('<html')
  expect((await stop(up)).code).toBe(0)
})

test('every piece of configuration in the README is one', () => {
  const environment = { WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}`, SMTP_PASSWORD: 'secret' }
  const pieces = blocks('yaml')
  expect(pieces.length).toBeGreaterThan(1)
  for (const piece of pieces) expect(() => readConfig(piece, 'README.md', environment)).not.toThrow()
})

test('the library’s names in the README are exported', async () => {
  const library = await import('../../src/index.ts')
  const names = blocks('ts').flatMap((block) => /import \{ (.*) \} from 'tocsin'/.exec(block)?.[1]?.split(', ') ?? [])
  expect(names.length).toBeGreaterThan(0)
  expect(Object.keys(library)).toEqual(expect.arrayContaining(names))
})

async function post(url: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status
}

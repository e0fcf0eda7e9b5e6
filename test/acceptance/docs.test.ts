import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { expect, test } from 'vitest'
import { explainPolicies } from '../../src/app/policies.ts'
import { commands } from '../../src/cli/commands.ts'
import { readConfig } from '../../src/config.ts'
import type { Column } from '../../src/core/column.ts'
import { planFeatures } from '../../src/features/plan.ts'

const category = (name: string) => ({ kind: 'category' as const, name, codes: Int32Array.of(0, 0), dictionary: ['a'] })
const payments = {
  schema: {
    ...{ detector: 'cards', id: 'id', weight: null, entity: 'card_id', amount: 'amount' },
    label: { column: 'is_fraud', anomaly: '1' },
    time: { column: 'time', unit: 'iso' as const },
    fields: [
      { name: 'amount', kind: 'number' as const, isNullable: false },
      ...['channel', 'card_id', 'merchant_id'].map((name) => ({
        name,
        kind: 'category' as const,
        isNullable: false,
      })),
    ],
    features: ['amount', 'channel', 'card_id', 'merchant_id'],
  },
  history: {
    ...{ rows: 2, ids: ['1', '2'], times: Float64Array.of(1, 2), labels: Uint8Array.of(0, 1) },
    ...{ weights: Float64Array.of(1, 1), amounts: null, entities: null },
    columns: new Map<string, Column>([
      ['amount', { kind: 'number', name: 'amount', values: Float64Array.of(1, 2) }],
      ...['channel', 'card_id', 'merchant_id'].map((name) => [name, category(name)] as const),
    ]),
  },
}

test('the configuration of the handbook’s page is one, and says the sentence that stands there', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/policies.md'), 'utf8')
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(page)!
  const quoted = [...page.matchAll(/^> (.*)$/gm)].map(([, line]) => line).join(' ')
  const { name, kind, sentence } = explainPolicies(readConfig(yaml!, 'docs/policies.md', {})).find(
    (one) => one.name === 'on-call',
  )!
  expect(quoted).toBe(`**${name}** (${kind}): ${sentence}`)
})

test('each configuration on the way from one machine to a cluster is one', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/scale.md'), 'utf8')
  const pieces = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, piece]) => piece!)
  expect(pieces).toHaveLength(2)
  for (const piece of pieces) expect(() => readConfig(piece, 'docs/scale.md', { PGPASSWORD: 'secret' })).not.toThrow()
})

test('the features of the page about memory are a section that the configuration takes and a plan can be made of', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/features.md'), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!)
  expect(blocks.length).toBeGreaterThan(0)
  for (const yaml of blocks) {
    const { features } = readConfig(yaml, 'docs/features.md', {})
    const names = planFeatures({ declaration: features, ...payments, timeZone: 'UTC' }).features.map(({ name }) => name)
    expect(names).toContain('card_id_mean_amount_24h')
    for (const [, name] of page.matchAll(/`(card_id_\w+)`/g)) expect(names).toContain(name)
  }
})

test('every command that a page tells people to type is one, with these options', async () => {
  const root = resolve(import.meta.dirname, '../..')
  const pages = (await Array.fromAsync(glob('{*.md,docs/*.md}', { cwd: root }))).sort()
  const lines = (await Promise.all(pages.map((page) => readFile(resolve(root, page), 'utf8')))).flatMap((text) =>
    [...text.matchAll(/^(?:npx )?tocsin ([^#\n]+)/gm)].map(([, line]) => line!.trim()),
  )
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) {
    const [name, ...args] = line.match(/"[^"]*"|\S+/g)!
    const command = await commands[name!]?.()
    if (!command) throw new TypeError(`there is no command "${name}": tocsin ${line}`)
    const options = Object.fromEntries(Object.entries(command.options).map(([key, { type }]) => [key, { type }]))
    const { positionals } = parseArgs({ args, options, allowPositionals: true })
    expect(positionals.length, line).toBeLessThanOrEqual(command.maxPositionals)
  }
})

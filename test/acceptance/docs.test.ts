import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { explainPolicies } from '../../src/app/policies.ts'
import { readConfig } from '../../src/config.ts'

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

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { configurationPage } from '../../scripts/configuration.ts'

test('docs/configuration.md is what the schema says (npm run reference writes it)', async () => {
  expect(configurationPage()).toBe(await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8'))
})

test('every option of the model says what it is for', () => {
  const rows = configurationPage()
    .split('\n')
    .filter((line) => line.startsWith('| `model.'))
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) expect(row).toMatch(/\| [^|]{8,} \|$/)
})

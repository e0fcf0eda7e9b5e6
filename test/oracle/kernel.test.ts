// The kernel's source and what was made of it in; they must belong together.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { buildKernel } from '../../scripts/kernel.ts'

test('the compiled training kernel is what its source gives; after a change run node scripts/kernel.ts', async () => {
  const generated = new URL('../../src/train/kernel/wasm.generated.ts', import.meta.url)
  expect(await readFile(generated, 'utf8')).toBe(await buildKernel())
})

// The kernels' sources and what was made of them in; they must belong together.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { buildKernel } from '../../scripts/kernel.ts'

test.each([
  ['train', '../../src/train/kernel/wasm.generated.ts'],
  ['predict', '../../src/model/kernel/wasm.generated.ts'],
] as const)(
  'the compiled kernel of %s is what its source gives; after a change run node scripts/kernel.ts',
  async (kernel, path) => {
    expect(await readFile(new URL(path, import.meta.url), 'utf8')).toBe(await buildKernel(kernel))
  },
)

// src/train/kernel/kernel.as in, src/train/kernel/wasm.generated.ts out: `node scripts/kernel.ts`.

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = new URL('../src/train/kernel/', import.meta.url)

/** The generated module's text. Throws what the compiler says. */
export async function buildKernel(): Promise<string> {
  const source = await readFile(new URL('kernel.as', folder), 'utf8')
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    // biome-ignore format: one option beside its value
    [
      'kernel.ts', '--outFile', 'kernel.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads',
      '--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536',
    ],
    {
      readFile: (name) => (name === 'kernel.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'kernel.wasm' && typeof contents !== 'string') binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(stderr.toString())
  return [
    '// Made by scripts/kernel.ts from kernel.as, which says what is in it. Do not edit.',
    '',
    `export const kernelWasm =\n  '${Buffer.from(binary).toString('base64')}'`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(new URL('wasm.generated.ts', folder), await buildKernel())

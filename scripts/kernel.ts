// The kernels' AssemblyScript in, their modules as text out: `node scripts/kernel.ts` writes the wasm.generated.ts beside each.

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

/** Training works on one memory with all threads, 4 GiB at most; a model has a memory of its own. */
const kernels = {
  train: {
    source: '../src/train/kernel/kernel.as',
    name: 'kernelWasm',
    options: ['--enable', 'simd,threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  },
  predict: { source: '../src/model/kernel/predict.as', name: 'predictWasm', options: ['--enable', 'simd'] },
}

/** The generated module's text. Throws what the compiler says. */
export async function buildKernel(kernel: keyof typeof kernels): Promise<string> {
  const { source, name, options } = kernels[kernel]
  const text = await readFile(new URL(source, import.meta.url), 'utf8')
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    // biome-ignore format: one option beside its value
    [
      'kernel.ts', '--outFile', 'kernel.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...options,
    ],
    {
      readFile: (file) => (file === 'kernel.ts' ? text : null),
      writeFile: (file, contents) => {
        if (file === 'kernel.wasm' && typeof contents !== 'string') binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(stderr.toString())
  return [
    `// Made by scripts/kernel.ts from ${source.split('/').at(-1)}, which says what is in it. Do not edit.`,
    '',
    `export const ${name} =\n  '${Buffer.from(binary).toString('base64')}'`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const kernel of ['train', 'predict'] as const)
    await writeFile(
      new URL('wasm.generated.ts', new URL(kernels[kernel].source, import.meta.url)),
      await buildKernel(kernel),
    )

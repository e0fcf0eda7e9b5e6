// A file with an ONNX model in, ONNX Runtime's own package for Node as a rival out: installed by the bench, no dependency of ours.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const folder = fileURLToPath(new URL('./.rivals/node/', import.meta.url))
const name = 'onnxruntime-node'
const version = '1.30.0'

type Tensor = { readonly data: ArrayLike<number> }
type Runtime = {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => Tensor
  readonly InferenceSession: {
    create(
      file: string,
      options: object,
    ): Promise<{
      run(feeds: Record<string, Tensor>, fetches: readonly string[]): Promise<Record<string, Tensor>>
    }>
  }
}

export type OnnxNode = {
  readonly version: string
  /** Probabilities of an anomaly of `rows` vectors of `width` that lie one after another. */
  score(vectors: Float32Array, rows: number, width: number): Promise<Float64Array>
}

/** On one thread. Null, with the reason printed, where the package can't be had. */
export async function startOnnxNode(model: string): Promise<OnnxNode | null> {
  try {
    const runtime = await load()
    const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
    return {
      version: `${name} ${version}`,
      async score(vectors, rows, width) {
        const feeds = { x: new runtime.Tensor('float32', vectors, [rows, width]) }
        const { probabilities } = await session.run(feeds, ['probabilities'])
        return Float64Array.from({ length: rows }, (_, row) => probabilities!.data[2 * row + 1]!)
      },
    }
  } catch (error) {
    console.error(`no onnxruntime-node: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}

async function load(): Promise<Runtime> {
  const require = createRequire(`${folder}package.json`)
  try {
    return require(name)
  } catch {
    console.error('installing onnxruntime-node under bench/.rivals …')
    // Its install script fetches libraries for graphics cards; what runs on processors is in the package.
    const what = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', [...what, `${name}@${version}`])
    return require(name)
  }
}

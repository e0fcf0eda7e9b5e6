// A memory's size in, the compiled kernel of prediction over it out; nothing where the machine has no WebAssembly SIMD.

import { predictWasm } from './wasm.generated.ts'

// Node has it, but Node's types don't, and the browser's types would bring the browser's names.
declare const WebAssembly:
  | {
      readonly Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer }
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
      validate(bytes: Uint8Array): boolean
    }
  | undefined

type WalkOne = (columns: number, groups: number, groupCount: number, values: number, base: number) => number
type WalkChunk = (
  columns: number,
  rows: number,
  trees: number,
  treeCount: number,
  values: number,
  leaves: number,
  margins: number,
) => void

/** The functions of predict.as, which says what they do; every argument that is an address is a byte offset. */
export type PredictKernel = {
  quantise(
    vectors: number,
    rows: number,
    vectorBytes: number,
    numbers: number,
    numberCount: number,
    sets: number,
    setCount: number,
    columns: number,
    columnBytes: number,
  ): void
  readonly walkOne: WalkOne
  readonly walkOne32: WalkOne
  readonly walkChunk: WalkChunk
  readonly walkChunk32: WalkChunk
  explainTree(
    columns: number,
    inner: number,
    count: number,
    factors: number,
    points: number,
    held: number,
    agrees: number,
    taken: number,
    out: number,
  ): void
}

const pageBytes = 2 ** 16

/** The kernel is 2.5 kB. Null without WebAssembly, without its SIMD, or without memory for the model. */
export function createPredictKernel(bytes: number): { kernel: PredictKernel; buffer: ArrayBuffer } | null {
  const binary = Buffer.from(predictWasm, 'base64')
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(binary)) return null
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } })
    // What the module exports is checked against the plain walker by compile.test.ts.
    return { kernel: exports as PredictKernel, buffer: memory.buffer }
  } catch (cause) {
    // The process may hold few WebAssembly memories (address space, ulimit): the plain walker needs none.
    if (cause instanceof RangeError) return null
    throw cause
  }
}

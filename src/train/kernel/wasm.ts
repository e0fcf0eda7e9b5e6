// A shared WebAssembly memory in, the compiled kernel out.

import type { Kernel } from './kernel.ts'
import { kernelWasm } from './wasm.generated.ts'

// Node has it, but Node's types don't, and the browser's types would bring the browser's names.
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown }
}
export type WasmMemory = { readonly buffer: SharedArrayBuffer }

/** The most that a 32-bit WebAssembly memory holds. */
export const largestMemoryBytes = 2 ** 32 - 2 ** 16
const pageBytes = 2 ** 16
/** What kernel.as is compiled with; an import must not ask for more. */
const mostPages = 2 ** 16

/** A memory of at least `bytes`, for several threads. */
export function createWasmMemory(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / pageBytes)
  return new WebAssembly.Memory({ initial: pages, maximum: Math.min(pages, mostPages), shared: true })
}

/** Compiles in well under a millisecond: 3 kB. */
export function createWasmKernel(memory: WasmMemory): Kernel {
  const module = new WebAssembly.Module(Buffer.from(kernelWasm, 'base64'))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  // What the module exports is checked against plain.ts by kernel.test.ts, function by function.
  return exports as Kernel
}

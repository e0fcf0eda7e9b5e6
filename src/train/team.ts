// Steps in, their tasks shared out between this thread and its helpers; back when all are done.
//
// A step's tasks are a counter that threads count down. Results don't depend on who does which task, so a helper that is late,
// or still starting, costs time but changes nothing. Helpers watch the counter for a moment before they sleep: steps follow each
// other within microseconds.

import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../core/moduleBeside.ts'
import type { Kernel } from './kernel/kernel.ts'
import { createPlainKernel } from './kernel/plain.ts'
import { createWasmKernel, createWasmMemory, type WasmMemory } from './kernel/wasm.ts'
import type { Layout } from './layout.ts'
import { createSteps, type StepArguments, type StepName, stepNames, viewsOf, writeArguments } from './steps.ts'

export type KernelMake = 'wasm' | 'plain'

/** Words of the shared control area. */
const word = { step: 0, remaining: 1, done: 2, awake: 3, failed: 4, stop: 5 }

const watchMs = 0.2

export type Team = {
  readonly kernel: Kernel
  readonly memory: SharedArrayBuffer
  /** Runs tasks 0 … tasks − 1 of a step; `meanwhile` is done by this thread first, while helpers have begun. */
  run<Name extends StepName>(step: Name, tasks: number, given: StepArguments[Name], meanwhile?: () => void): void
  /** Ends the helpers. */
  close(): Promise<void>
}

/** What a helper needs to know; goes through `workerData`. */
export type HelperData = {
  readonly layout: Layout
  readonly memory: WasmMemory | SharedArrayBuffer
  readonly isCategory: readonly boolean[]
  readonly thread: number
}

/** Starts `layout.threads − 1` helpers over a new memory. */
export function createTeam(layout: Layout, make: KernelMake, isCategory: readonly boolean[]): Team {
  const memory = make === 'wasm' ? createWasmMemory(layout.bytes) : new SharedArrayBuffer(layout.bytes)
  const helpers = Array.from({ length: layout.threads - 1 }, (_, i) => {
    const workerData: HelperData = { layout, memory, isCategory, thread: i + 1 }
    return new Worker(workerUrl, { workerData })
  })
  const { kernel, buffer } = open(memory)
  const views = viewsOf(buffer)
  const control = controlOf(layout, buffer)
  const runTask = createSteps(layout, kernel, buffer, isCategory, 0)
  return {
    kernel,
    memory: buffer,
    run(step, tasks, given, meanwhile) {
      writeArguments(views, layout, step, given)
      Atomics.store(control, word.step, stepNames.indexOf(step))
      Atomics.store(control, word.done, 0)
      Atomics.store(control, word.remaining, tasks)
      Atomics.add(control, word.awake, 1)
      if (helpers.length > 0 && tasks > 1) Atomics.notify(control, word.awake)
      meanwhile?.()
      for (let task = claim(control); task >= 0; task = claim(control)) {
        runTask(step, task)
        Atomics.add(control, word.done, 1)
      }
      waitUntilDone(control, tasks)
      if (Atomics.load(control, word.failed) !== 0) throw new Error(`training: step ${step} failed in a helper thread`)
    },
    async close() {
      Atomics.store(control, word.stop, 1)
      Atomics.add(control, word.awake, 1)
      Atomics.notify(control, word.awake)
      await Promise.all(helpers.map((helper) => helper.terminate()))
    },
  }
}

const workerUrl = moduleBeside(import.meta.url, './worker')

function open(memory: WasmMemory | SharedArrayBuffer): { kernel: Kernel; buffer: SharedArrayBuffer } {
  if (memory instanceof SharedArrayBuffer) return { kernel: createPlainKernel(memory), buffer: memory }
  return { kernel: createWasmKernel(memory), buffer: memory.buffer }
}

function controlOf(layout: Layout, buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, layout.control, 16)
}

// The next task, or −1. Below zero the counter means nothing; the next step sets it anew.
function claim(control: Int32Array): number {
  return Atomics.load(control, word.remaining) > 0 ? Atomics.sub(control, word.remaining, 1) - 1 : -1
}

function waitUntilDone(control: Int32Array, tasks: number): void {
  const until = performance.now() + watchMs
  for (;;) {
    const done = Atomics.load(control, word.done)
    if (done >= tasks) return
    if (performance.now() > until) Atomics.wait(control, word.done, done)
  }
}

/** A helper's life: does tasks while there are any, watches, sleeps, until told to stop. */
export function help({ layout, memory, isCategory, thread }: HelperData): void {
  const { kernel, buffer } = open(memory)
  const control = controlOf(layout, buffer)
  const runTask = createSteps(layout, kernel, buffer, isCategory, thread)
  while (Atomics.load(control, word.stop) === 0) {
    const awake = Atomics.load(control, word.awake)
    for (let task = claim(control); task >= 0; task = claim(control)) {
      try {
        runTask(stepNames[Atomics.load(control, word.step)]!, task)
      } catch (error) {
        Atomics.store(control, word.failed, 1)
        console.error(error)
      }
      Atomics.add(control, word.done, 1)
      Atomics.notify(control, word.done)
    }
    const until = performance.now() + watchMs
    while (Atomics.load(control, word.remaining) <= 0 && performance.now() < until);
    if (Atomics.load(control, word.remaining) <= 0) Atomics.wait(control, word.awake, awake)
  }
}

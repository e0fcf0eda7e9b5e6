// Steps in, their tasks shared out between this thread and its helpers; back when all are done.

import type { Kernel } from './kernel/kernel.ts'
import type { Layout } from './layout.ts'
import { createSteps, type StepArguments, type StepName, viewsOf, writeArguments } from './steps.ts'

export type Team = {
  /** Runs tasks 0 … tasks − 1 of a step. */
  run<Name extends StepName>(step: Name, tasks: number, given: StepArguments[Name]): void
  /** Ends the helpers. */
  close(): Promise<void>
}

/** A team of one. */
export function createTeam(
  layout: Layout,
  kernel: Kernel,
  memory: SharedArrayBuffer,
  isCategory: readonly boolean[],
): Team {
  const views = viewsOf(memory)
  const runTask = createSteps(layout, kernel, memory, isCategory, 0)
  return {
    run(step, tasks, given) {
      writeArguments(views, layout, step, given)
      for (let task = 0; task < tasks; task++) runTask(step, task)
    },
    close: async () => {},
  }
}

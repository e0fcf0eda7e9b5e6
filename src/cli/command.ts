// What a command is: its words for the help page, its options, and what it does with them.

import { TocsinError } from '../core/error.ts'
import type { Terminal } from './terminal.ts'

export type Option = {
  readonly type: 'string' | 'boolean'
  /** Shown in the help as `--name <value>`. */
  readonly value?: string
  readonly description: string
  readonly default?: string | boolean
}

export type CommandInput = {
  /** Options as given, defaults filled in. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
  readonly terminal: Terminal
  readonly environment: NodeJS.ProcessEnv
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}

export type Command = {
  readonly summary: string
  /** After the command's name, e.g. `<history>`. */
  readonly usage: string
  readonly options: Readonly<Record<string, Option>>
  /** Most positionals that make sense. */
  readonly maxPositionals: number
  /** Resolves to the exit code. */
  run(input: CommandInput): Promise<number>
}

export const logLevelOption: Option = {
  type: 'string',
  value: 'level',
  description: 'debug, info, warn or error',
  default: 'info',
}
export const configOption: Option = {
  type: 'string',
  value: 'file',
  description: 'configuration file',
  default: 'tocsin.yaml',
}
export const jsonOption: Option = { type: 'boolean', description: 'print JSON' }

/** The option's text; undefined where it was not given. */
export function text(input: CommandInput, name: string): string | undefined {
  const value = input.values[name]
  return typeof value === 'string' ? value : undefined
}

/** The number of a port, from an option's text. Throws `USAGE`. */
export function portOf(given: string, option: string): number {
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new TocsinError('USAGE', `${option} is ${given}; expected a port from 0 to 65535`)
}

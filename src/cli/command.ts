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
export const workersOption: Option = {
  type: 'string',
  value: 'number',
  description: 'processes that share the address, one for each core as a rule',
  default: '1',
}
export const jsonOption: Option = { type: 'boolean', description: 'print JSON' }

/** How many processes `workersOption` asks for; one where the command has no such option. Throws `USAGE`. */
export function workersOf(input: Pick<CommandInput, 'values'>): number {
  const given = input.values.workers ?? '1'
  const count = Number(given)
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count
  throw new TocsinError('USAGE', `--workers is ${given}; expected a whole number from 1 to 256`)
}

/** The option's text; undefined where it was not given. */
export function text(input: CommandInput, name: string): string | undefined {
  const value = input.values[name]
  return typeof value === 'string' ? value : undefined
}

/** A whole number from 1 on. Throws `USAGE`. */
export function wholeNumber(name: string, written: string): number {
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written)
  throw new TocsinError('USAGE', `--${name} ${written} was found; expected a whole number from 1 on`)
}

/** ms since 1970 UTC. Throws `USAGE`. */
export function instant(name: string, written: string): number {
  const ms = Date.parse(written)
  if (!Number.isNaN(ms)) return ms
  throw new TocsinError('USAGE', `--${name} ${written} is no time; expected 2026-11-22 or 2026-11-22T08:00Z`)
}

/** The number of a port, from an option's text. Throws `USAGE`. */
export function portOf(given: string, option: string): number {
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new TocsinError('USAGE', `${option} is ${given}; expected a port from 0 to 65535`)
}

// The command line in, an exit code out.

import { parseArgs } from 'node:util'
import { codeVersion } from '../app/version.ts'
import { nearestName, TocsinError } from '../core/error.ts'
import type { Command, Option } from './command.ts'
import { commands } from './commands.ts'
import { Terminal } from './terminal.ts'

/** Exit codes, after sysexits.h; README and `tocsin help` name them. */
const exitCode = { ok: 0, usage: 64, data: 65, unavailable: 69, software: 70, io: 74, config: 78, interrupted: 130 }

const terminal = new Terminal(process.stdout, process.stderr)
// A reader that has gone (`tocsin score | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : exitCode.io))
process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = argv
  if (name === '--version' || name === '-v' || name === 'version') {
    terminal.line(codeVersion())
    return exitCode.ok
  }
  if (name === 'help' || name === '--help' || name === '-h') return help(rest[0])
  const load = commands[name]
  if (!load) {
    const near = nearestName(name, Object.keys(commands))
    terminal.note(`tocsin: there is no command "${name}"${near ? `; did you mean "${near}"?` : ''}. See: tocsin help`)
    return exitCode.usage
  }
  return run(name, await load(), rest)
}

async function run(name: string, command: Command, rest: readonly string[]): Promise<number> {
  const parsed = parse(name, command, rest)
  if (typeof parsed === 'string') {
    terminal.note(`tocsin ${name}: ${parsed}. See: tocsin help ${name}`)
    return exitCode.usage
  }
  if (parsed.values.help === true) return help(name)
  const stop = new AbortController()
  onStopSignal(stop)
  try {
    return await command.run({ ...parsed, terminal, environment: process.env, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted && !(error instanceof TocsinError)) return exitCode.interrupted
    if (!(error instanceof TocsinError)) throw error
    terminal.note(`tocsin ${name}: ${error.message} [${error.code}]`)
    return exitOf(error.code)
  }
}

type Parsed = { values: Record<string, string | boolean | undefined>; positionals: string[] }

function parse(name: string, command: Command, rest: readonly string[]): Parsed | string {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; default?: string | boolean }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [key, option] of Object.entries(command.options))
    options[key] = { type: option.type, ...(option.default === undefined ? {} : { default: option.default }) }
  try {
    const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true })
    if (positionals.length > command.maxPositionals)
      return `takes "${name} ${command.usage}"; "${positionals.at(-1)}" is too many`
    return { values, positionals }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const wrong = /'--([^'\s]+)/.exec(message)?.[1]
    const near = wrong && /Unknown/.test(message) ? nearestName(wrong, Object.keys(options)) : undefined
    return near ? `there is no option --${wrong}; did you mean --${near}?` : (message.split('. ')[0] ?? message)
  }
}

// The first signal asks to stop, a later one does not ask. A terminal and npm may each send the same Ctrl-C: within a second it is one.
function onStopSignal(stop: AbortController): void {
  let firstAt = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted && performance.now() - firstAt > 1000) process.exit(exitCode.interrupted)
      if (!stop.signal.aborted) firstAt = performance.now()
      stop.abort()
    })
}

function exitOf(code: string): number {
  if (code === 'USAGE') return exitCode.usage
  if (code.startsWith('CONFIG')) return exitCode.config
  if (/IN_USE|UNREACHABLE/.test(code)) return exitCode.unavailable
  if (/_FULL|_IO/.test(code)) return exitCode.io
  return exitCode.data
}

async function help(name: string | undefined): Promise<number> {
  const load = name === undefined ? undefined : commands[name]
  if (name !== undefined && load) {
    const command = await load()
    terminal.line(`tocsin ${name} ${command.usage}`.trim())
    terminal.line(`  ${command.summary}`)
    for (const [key, option] of Object.entries(command.options)) terminal.line(optionLine(key, option))
    return exitCode.ok
  }
  terminal.line('tocsin: learns which events are anomalous, scores each new one, and tells a person why')
  terminal.line()
  for (const [key, command] of Object.entries(commands))
    terminal.line(`  ${key.padEnd(12)} ${(await command()).summary}`)
  terminal.line()
  terminal.line('tocsin help <command> shows its options.')
  terminal.line(
    'Exit codes: 0 done; 64 wrong usage; 65 wrong data; 69 address or folder in use; 70 a fault of Tocsin; 74 disk; 78 configuration; 130 interrupted.',
  )
  return exitCode.ok
}

function optionLine(key: string, option: Option): string {
  const fallback = option.default === undefined || option.default === false ? '' : ` (default ${option.default})`
  return `  ${`--${key}${option.value ? ` <${option.value}>` : ''}`.padEnd(26)} ${option.description}${fallback}`
}

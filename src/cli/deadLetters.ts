// `tocsin dead-letters`: what could not be scored and why; shown whole, mended, put into the stream again.

import { readFile } from 'node:fs/promises'
import { withReplayer } from '../app/open.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, jsonOption, text } from './command.ts'
import { table } from './terminal.ts'

const usage = 'expected dead-letters list, dead-letters show <number>, or dead-letters replay <number> | --all'
/** Of each record so many characters stand in the list. */
const excerpt = 60

export const deadLetters: Command = {
  summary: 'records that could not be scored, with the reason; show one, mend it, put it into the stream again',
  usage: '[list | show <number> | replay <number> | replay --all]',
  options: {
    config: configOption,
    limit: { type: 'string', value: 'n', description: 'list: at most so many, newest first', default: '20' },
    with: { type: 'string', value: 'file', description: 'replay: the record as it should be, instead of what came' },
    all: { type: 'boolean', description: 'replay: every one that the model can read now, at most 1000' },
    code: { type: 'string', value: 'code', description: 'list and replay --all: only those refused with this code' },
    json: jsonOption,
  },
  maxPositionals: 2,
  async run(input) {
    const [action = 'list', number] = input.positionals
    if (action === 'list' && number === undefined) return list(input)
    if (action === 'show' && number !== undefined) return show(input, numberOf(number))
    if (action === 'replay' && number !== undefined) return replayOne(input, numberOf(number))
    if (action === 'replay' && input.values.all === true) return replayAll(input)
    throw new TocsinError('USAGE', `"dead-letters ${input.positionals.join(' ')}" was found; ${usage}`)
  },
}

const configOf = ({ values, environment }: CommandInput) => loadConfig(String(values.config), environment)

async function list(input: CommandInput): Promise<number> {
  const config = await configOf(input)
  return withReplayer(config, async ({ store }) => {
    const found = await open(store, config.detector, input, Number(input.values.limit))
    const lines = found.map(({ id, partition, position, code, reason, bytes, storedAt }) => ({
      ...{ id, partition, position, code, reason, storedAt: new Date(storedAt).toISOString() },
      text: new TextDecoder().decode(bytes),
    }))
    if (input.values.json === true) input.terminal.json(lines)
    else if (lines.length === 0) input.terminal.line('No dead letter waits.')
    else {
      const rows = lines.map(({ id, storedAt, code, text: record }) => [
        String(id),
        storedAt,
        code,
        record.slice(0, excerpt),
      ])
      for (const line of table(['number', 'came', 'code', 'record'], rows)) input.terminal.line(line)
      input.terminal.line('tocsin dead-letters show <number> tells what was wrong with one.')
    }
    return 0
  })
}

async function show(input: CommandInput, id: number): Promise<number> {
  const config = await configOf(input)
  return withReplayer(config, async ({ store }) => {
    const letter = await store.deadLetter(config.detector, id)
    if (!letter) throw new TocsinError('DEAD_LETTER_UNKNOWN', `there is no dead letter ${id}; see: tocsin dead-letters`)
    const { partition, position, code, reason, bytes, replayedAt } = letter
    const record = new TextDecoder().decode(bytes)
    if (input.values.json === true)
      input.terminal.json({
        id,
        partition,
        position,
        code,
        reason,
        text: record,
        bytes: Buffer.from(bytes).toString('base64'),
      })
    else {
      input.terminal.line(`${code}: ${reason}`)
      input.terminal.line(`partition ${partition}, position ${position}${replayedAt === null ? '' : ', replayed'}`)
      input.terminal.line(record)
    }
    return 0
  })
}

async function replayOne(input: CommandInput, id: number): Promise<number> {
  const file = text(input, 'with')
  const mended = file === undefined ? undefined : await readFile(file)
  return withReplayer(await configOf(input), async ({ replay }) => {
    const { partition, position } = await replay(id, mended)
    input.terminal.line(`Dead letter ${id} is in the stream again: partition ${partition}, position ${position}`)
    return 0
  })
}

/** Those that still cannot be read stay, and are named; then the exit code says so. */
async function replayAll(input: CommandInput): Promise<number> {
  const config = await configOf(input)
  return withReplayer(config, async ({ store, replay }) => {
    let replayed = 0
    const refused: string[] = []
    // Oldest first: in the order in which they came.
    for (const { id } of (await open(store, config.detector, input, 1000)).reverse())
      try {
        await replay(id)
        replayed++
      } catch (error) {
        if (!(error instanceof TocsinError && error.code.startsWith('EVENT_'))) throw error
        refused.push(`${id}: ${error.message} [${error.code}]`)
      }
    input.terminal.line(`${replayed} replayed, ${refused.length} still cannot be read`)
    for (const line of refused) input.terminal.note(line)
    return refused.length === 0 ? 0 : 65
  })
}

type Letters = Parameters<Parameters<typeof withReplayer>[1]>[0]['store']

async function open(store: Letters, detector: string, input: CommandInput, limit: number) {
  const code = text(input, 'code')
  const found = await store.deadLetters(detector, 1000, { isOpen: true })
  return found.filter((letter) => code === undefined || letter.code === code).slice(0, limit)
}

function numberOf(written: string): number {
  if (/^[1-9]\d*$/.test(written)) return Number(written)
  throw new TocsinError('USAGE', `"${written}" was found; expected the number of a dead letter, as the list shows it`)
}

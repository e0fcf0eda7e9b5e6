// `tocsin models`: the versions of a detector; `promote` lets one decide, `rollback` the one before it, `export` hands one on, `import` takes one of another library.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { exportModel, isExportFormat } from '../app/exportModel.ts'
import { importDetectorModel } from '../app/importModel.ts'
import { withStore } from '../app/open.ts'
import { rollBack } from '../app/rollBack.ts'
import { type Config, loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, jsonOption, text } from './command.ts'
import { printTrained } from './evaluation.ts'
import { table } from './terminal.ts'

type Action = (config: Config, input: CommandInput) => Promise<number>

const usage =
  'expected models, models promote <version>, models rollback, models export <version> <file>, or models import <model> --history <history>'
const actions: Readonly<Record<string, { readonly run: Action; readonly arguments: number }>> = {
  list: { run: list, arguments: 0 },
  promote: { run: promote, arguments: 1 },
  rollback: { run: goBack, arguments: 0 },
  export: { run: exportVersion, arguments: 2 },
  import: { run: importVersion, arguments: 1 },
}

export const models: Command = {
  summary: 'list the versions of the model; promote, roll back, export or import one',
  usage: '[promote <version> | rollback | export <version> <file> | import <model> --history <history>]',
  options: {
    config: configOption,
    alias: {
      type: 'string',
      value: 'name',
      description:
        'champion or challenger (promote: champion where absent; import: neither, but for the first version)',
    },
    reason: { type: 'string', value: 'text', description: 'why, for the record', default: '' },
    format: {
      type: 'string',
      value: 'name',
      description: 'export as xgboost (JSON), onnx, or whole as tocsin',
      default: 'xgboost',
    },
    history: {
      type: 'string',
      value: 'file',
      description: 'import: labelled rows, later than those that trained the model, that calibrate and evaluate it',
    },
    columns: {
      type: 'string',
      value: 'names',
      description:
        'import: the columns that the model reads, in its order, where its file does not name them: amount,country',
    },
    categories: {
      type: 'string',
      value: 'file',
      description:
        'import: JSON with the categories of each column in the order of the codes: {"country": ["DE", "FR"]}',
    },
    json: jsonOption,
  },
  maxPositionals: 3,
  async run(input) {
    const [name = 'list', ...rest] = input.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action || rest.length !== action.arguments)
      throw new TocsinError('USAGE', `"models ${input.positionals.join(' ')}" was found; ${usage}`)
    return action.run(await loadConfig(String(input.values.config), input.environment), input)
  },
}

async function exportVersion(config: Config, { positionals, values, terminal }: CommandInput): Promise<number> {
  const [, wanted, path] = positionals
  const format = String(values.format)
  if (!isExportFormat(format))
    throw new TocsinError('USAGE', `--format ${format} was found; expected xgboost, onnx or tocsin`)
  await exportModel(config, { version: Number(wanted), path: path!, format })
  const readers = {
    xgboost: 'XGBoost 1.7 and later load it',
    onnx: 'ONNX Runtime loads it',
    tocsin: 'tocsin serve takes it',
  }
  terminal.line(`Version ${wanted} of ${config.detector} is in ${path}: ${readers[format]}`)
  return 0
}

async function importVersion(config: Config, input: CommandInput): Promise<number> {
  const { positionals, values, terminal } = input
  const history = text(input, 'history')
  if (history === undefined)
    throw new TocsinError(
      'USAGE',
      'no history was named; a model needs labelled rows for its calibration and its operating point: models import <model> --history history.csv',
    )
  const imported = await importDetectorModel(config, {
    ...{ model: positionals[1]!, history, columns: columnNames(text(input, 'columns')), alias: aliasOf(input) },
    categories: await categoriesIn(text(input, 'categories')),
  })
  const { artifact, version, digest, isChampion, source, findings } = imported
  if (values.json) {
    const { operatingPoint, evaluation } = artifact
    terminal.json({ version, digest, isChampion, source, findings, operatingPoint, evaluation })
    return 0
  }
  for (const finding of findings) terminal.note(`  note: ${finding}`)
  printTrained(terminal, artifact)
  terminal.note('  note: what the model has learned from is not known here; a period that it has seen flatters it')
  const next = isChampion
    ? ', its champion. Next: tocsin up'
    : `${aliasOf(input) === 'challenger' ? ', its challenger, which scores beside the champion' : ''}. To let it decide: tocsin models promote ${version}`
  terminal.line(`${source}: registered as version ${version} of ${config.detector} (${digest.slice(0, 12)})${next}`)
  return 0
}

function aliasOf(input: CommandInput): 'champion' | 'challenger' | undefined {
  const alias = text(input, 'alias')
  if (alias === undefined || alias === 'champion' || alias === 'challenger') return alias
  throw new TocsinError('USAGE', `--alias ${alias} was found; expected champion or challenger`)
}

// A name with a comma in it is written as JSON.
function columnNames(given: string | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined
  const listed = given.startsWith('[') ? z.array(z.string()).safeParse(parsed(given)).data : given.split(',')
  if (listed?.every((name) => name !== '')) return listed
  throw new TocsinError('USAGE', `--columns ${given} was found; expected names: amount,country or ["amount","country"]`)
}

const categoryOrder = z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)))

async function categoriesIn(path: string | undefined): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  if (path === undefined) return undefined
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TocsinError('USAGE', `--categories ${path} cannot be read; expected a JSON file`, { cause })
  })
  const order = categoryOrder.safeParse(parsed(content))
  if (order.success) return new Map(Object.entries(order.data))
  throw new TocsinError(
    'USAGE',
    `--categories ${path} holds something else; expected JSON like {"country": ["DE", "FR"]}, each list in the order of the model's codes`,
  )
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

async function promote(config: Config, input: CommandInput): Promise<number> {
  const { detector } = config
  const wanted = input.positionals[1]
  const alias = aliasOf(input) ?? 'champion'
  return withStore(config, async (store) => {
    const all = await store.models(detector)
    const version = Number(wanted)
    if (!all.some((model) => model.version === version))
      throw new TocsinError(
        'MODEL_UNKNOWN',
        `${detector} has no version ${wanted}; it has ${all.map((model) => model.version).join(', ') || 'none yet: tocsin train'}`,
      )
    await store.setAlias(detector, alias, version, text(input, 'reason') ?? '')
    input.terminal.line(`Version ${version} is now the ${alias} of ${detector}`)
    return 0
  })
}

async function goBack(config: Config, input: CommandInput): Promise<number> {
  const version = await rollBack(config, text(input, 'reason') ?? '')
  input.terminal.line(`Version ${version} is the champion of ${config.detector} again`)
  return 0
}

async function list(config: Config, { values, terminal }: CommandInput): Promise<number> {
  const { detector } = config
  const { all, aliases } = await withStore(config, async (store) => ({
    all: await store.models(detector),
    aliases: await store.aliases(detector),
  }))
  const aliasesOf = (version: number) => Object.keys(aliases).filter((name) => aliases[name] === version)
  if (values.json) {
    terminal.json(
      all.map((model) => ({ ...model, aliases: aliasesOf(model.version), evaluation: JSON.parse(model.evaluation) })),
    )
    return 0
  }
  if (all.length === 0) terminal.line(`${detector} has no model yet. Make one with: tocsin train history.csv`)
  else
    for (const line of table(
      ['version', 'alias', 'average precision', '95 % interval', 'made', 'digest'],
      all.map((model) => row(model, aliasesOf(model.version))),
    ))
      terminal.line(line)
  return 0
}

function row(
  model: { version: number; digest: string; createdAt: number; evaluation: string },
  aliases: string[],
): string[] {
  // Our own JSON, written by the trainer.
  const { averagePrecision } = JSON.parse(model.evaluation) as {
    averagePrecision: { value: number; low: number; high: number }
  }
  return [
    String(model.version),
    aliases.join(' '),
    averagePrecision.value.toFixed(3),
    `${averagePrecision.low.toFixed(3)} – ${averagePrecision.high.toFixed(3)}`,
    new Date(model.createdAt).toISOString().slice(0, 16).replace('T', ' '),
    model.digest.slice(0, 12),
  ]
}

// `tocsin models`: the versions of a detector; `tocsin models promote 3` lets one decide, `tocsin models export 3 model.json` hands it on.

import { exportModel } from '../app/exportModel.ts'
import { withStore } from '../app/open.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'
import { table } from './terminal.ts'

export const models: Command = {
  summary: 'list the versions of the model; promote <version>; export <version> <file> for XGBoost',
  usage: '[promote <version> | export <version> <model.json>]',
  options: {
    config: configOption,
    alias: { type: 'string', value: 'name', description: 'champion or challenger', default: 'champion' },
    reason: { type: 'string', value: 'text', description: 'why, for the record', default: '' },
    json: jsonOption,
  },
  maxPositionals: 3,
  async run(input) {
    const { values, positionals, terminal, environment } = input
    const config = await loadConfig(String(values.config), environment)
    const { detector } = config
    const [action, wanted, path] = positionals
    if (action === 'export') {
      if (path === undefined)
        throw new TocsinError('USAGE', 'no file was named; expected: models export <version> <model.json>')
      await exportModel(config, Number(wanted), path)
      terminal.line(`Version ${wanted} of ${detector} is in ${path}: XGBoost 1.7 and later load it`)
      return 0
    }
    if (action !== undefined && (action !== 'promote' || path !== undefined))
      throw new TocsinError(
        'USAGE',
        `"models ${positionals.join(' ')}" was found; expected models, models promote <version>, or models export <version> <model.json>`,
      )
    return withStore(config, async (store) => {
      const all = await store.models(detector)
      const alias = text(input, 'alias') ?? 'champion'
      if (action === 'promote') {
        const version = Number(wanted)
        if (!all.some((model) => model.version === version))
          throw new TocsinError(
            'MODEL_UNKNOWN',
            `${detector} has no version ${wanted ?? '(none named)'}; it has ${all.map((model) => model.version).join(', ') || 'none yet: tocsin train'}`,
          )
        if (alias !== 'champion' && alias !== 'challenger')
          throw new TocsinError('USAGE', `--alias ${alias} was found; expected champion or challenger`)
        await store.setAlias(detector, alias, version, text(input, 'reason') ?? '')
        terminal.line(`Version ${version} is now the ${alias} of ${detector}`)
        return 0
      }
      const aliases = await store.aliases(detector)
      const aliasesOf = (version: number) => Object.keys(aliases).filter((name) => aliases[name] === version)
      if (values.json) {
        terminal.json(
          all.map((model) => ({
            ...model,
            aliases: aliasesOf(model.version),
            evaluation: JSON.parse(model.evaluation),
          })),
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
    })
  },
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

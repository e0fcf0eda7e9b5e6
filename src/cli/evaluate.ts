// `tocsin evaluate`: a version and a labelled history in, its figures there out. `tocsin backtest`: the figures of one period after another.

import { type BacktestFold, backtest as backtestHistory, evaluateVersion } from '../app/evaluate.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, type CommandInput, configOption, instant, jsonOption, text, wholeNumber } from './command.ts'
import { printEvaluation } from './evaluation.ts'
import { table } from './terminal.ts'

export const evaluate: Command = {
  summary: 'how good a version is on a later labelled history, with intervals',
  usage: '<history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    json: jsonOption,
    version: { type: 'string', value: 'number', description: 'version of the model (default: the champion)' },
    from: {
      type: 'string',
      value: 'time',
      description: 'only events from then on (default: those that the model was not fitted to)',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const { terminal, values, environment } = input
    const path = pathOf(input, 'evaluate')
    const config = await loadConfig(String(values.config), environment)
    const [version, from] = [text(input, 'version'), text(input, 'from')]
    const evaluated = await evaluateVersion(config, path, {
      version: version === undefined ? undefined : wholeNumber('version', version),
      from: from === undefined ? undefined : instant('from', from),
    })
    if (values.json) terminal.json({ ...evaluated, schema: undefined })
    else printEvaluation(terminal, evaluated, `Version ${evaluated.version} on ${path}`)
    return 0
  },
}

export const backtest: Command = {
  summary: 'train and evaluate one period after another, as it would have gone; registers nothing',
  usage: '<history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    json: jsonOption,
    folds: { type: 'string', value: 'n', description: 'periods, in the second half of the rows', default: '5' },
  },
  maxPositionals: 1,
  async run(input) {
    const { terminal, values, environment, signal } = input
    const path = pathOf(input, 'backtest')
    const folds = wholeNumber('folds', text(input, 'folds')!)
    const config = await loadConfig(String(values.config), environment)
    const progress = terminal.progress('Backtest')
    const done = await backtestHistory(config, path, {
      ...{ folds, signal },
      onFold: (fold, place) =>
        progress.update(place / folds, `average precision ${fold.averagePrecision.value.toFixed(3)}`),
    })
    progress.done(`${folds} periods, each by a model of what came before it`)
    if (values.json) terminal.json(done)
    else tell(input, done)
    return 0
  },
}

function tell({ terminal }: CommandInput, folds: readonly BacktestFold[]): void {
  const rows = folds.map(({ period, rows, anomalies, averagePrecision, atOperatingPoint: at }) => [
    new Date(period.from).toISOString().slice(0, 16).replace('T', ' '),
    rows.toLocaleString('en'),
    String(anomalies),
    averagePrecision.value.toFixed(3),
    `${averagePrecision.low.toFixed(3)} – ${averagePrecision.high.toFixed(3)}`,
    at.precision.value.toFixed(3),
    at.recall.value.toFixed(3),
    at.alertsPerDay.value.toFixed(1),
  ])
  const header = [
    'from (UTC)',
    'rows',
    'anomalies',
    'avg precision',
    '95 % interval',
    'precision',
    'recall',
    'alerts a day',
  ]
  for (const line of table(header, rows)) terminal.line(line)
  const values = folds.map(({ averagePrecision }) => averagePrecision.value).sort((a, b) => a - b)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  terminal.line(
    `average precision: mean ${mean.toFixed(3)}, from ${values[0]!.toFixed(3)} to ${values.at(-1)!.toFixed(3)} over ${values.length} periods`,
  )
}

function pathOf({ positionals: [path] }: CommandInput, name: string): string {
  if (path !== undefined) return path
  throw new TocsinError('USAGE', `no history was named; expected: tocsin ${name} history.csv`)
}

// `tocsin train`: a file of labelled history in, a version of a model and its evaluation out.

import { join } from 'node:path'
import { type TrainStage, trainDetector } from '../app/train.ts'
import { reportPath, writeReport } from '../app/trainingReport.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'
import { printTrained } from './evaluation.ts'
import { printFindings } from './findings.ts'
import type { Terminal } from './terminal.ts'

export const train: Command = {
  summary: 'learn from labelled history; register the model',
  usage: '<history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    json: jsonOption,
    tune: { type: 'string', value: 'time', description: 'search hyperparameters for so long first: 90s, 10m, 1h' },
    'tune-log': {
      type: 'string',
      value: 'file',
      description: 'trials of the search, from which it goes on after a stop (default: tune.jsonl in dataDir)',
    },
    report: {
      type: 'string',
      value: 'file',
      description: 'where the training report goes (default reports/model-<version>.html in the data folder)',
    },
  },
  maxPositionals: 1,
  async run(input) {
    const { values, positionals, terminal, environment, signal } = input
    const [path] = positionals
    if (path === undefined)
      throw new TocsinError(
        'USAGE',
        'no history was named; expected a CSV, Parquet or JSON lines file: tocsin train history.csv',
      )
    const config = await loadConfig(String(values.config), environment)
    const time = text(input, 'tune')
    const logPath = text(input, 'tune-log') ?? join(config.dataDir, 'tune.jsonl')
    const tune = time === undefined ? {} : { tune: { budgetMs: milliseconds(time), logPath } }
    const trained = await trainDetector(config, path, { onStage: showStages(terminal), signal, ...tune }).catch(
      (error: unknown) => {
        if (signal.aborted) terminal.note(stopWords(time === undefined ? null : logPath))
        throw error
      },
    )
    const { artifact, version, digest, isChampion } = trained
    const report = text(input, 'report') ?? reportPath(config, version)
    const page = trained.report()
    await writeReport(report, page)
    await trained.keepReport(page)
    if (values.json) {
      terminal.json({
        version,
        digest,
        isChampion,
        algorithm: artifact.algorithm,
        choice: artifact.choice,
        report,
        operatingPoint: artifact.operatingPoint,
        evaluation: artifact.evaluation,
      })
      return 0
    }
    if (artifact.choice) terminal.line(`Chose ${artifact.choice.why}`)
    printTrained(terminal, artifact)
    terminal.line(`Training report: ${report}`)
    terminal.line(
      `Registered as version ${version} of ${config.detector} (${digest.slice(0, 12)})${isChampion ? ', its champion. Next: tocsin up' : `. To let it decide: tocsin models promote ${version}`}`,
    )
    return 0
  },
}

function milliseconds(time: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(time)
  if (match) return Number(match[1]) * { s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h']
  throw new TocsinError('USAGE', `--tune ${time} is no time; expected a number and s, m or h: --tune 10m`)
}

function stopWords(logPath: string | null): string {
  const resume = logPath === null ? 'start again with the same command' : `the same command goes on from ${logPath}`
  return `Stopped: no model was registered; ${resume}.`
}

const unitOf = { boostedTrees: 'trees', linear: 'steps', randomCutForest: 'rows' }

/** Progress of reading and training on a terminal. */
export function showStages(terminal: Terminal): (stage: TrainStage) => void {
  let reading: ReturnType<Terminal['progress']> | undefined = terminal.progress('Read history')
  let training: ReturnType<Terminal['progress']> | undefined
  let tuning: ReturnType<Terminal['progress']> | undefined
  let last: number | null = null
  return (stage) => {
    if (stage.stage === 'read') {
      reading?.done(`${stage.rows.toLocaleString('en')} rows, ${stage.anomalies.toLocaleString('en')} anomalies`)
      reading = undefined
      for (const finding of stage.findings) terminal.note(`  note: ${finding}`)
      return
    }
    if (stage.stage === 'lint') {
      printFindings(terminal, stage.linted, (line) => terminal.note(`  ${line}`))
      return
    }
    if (stage.stage === 'tune') {
      tuning ??= terminal.progress('Tune')
      const { share, trials, best } = stage.progress
      tuning.update(share, `${trials} trials, best fold ${best.toFixed(3)}`)
      return
    }
    if (stage.stage === 'tuned') {
      const { trials, before, averagePrecision, settings } = stage.tuned
      const found = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
      tuning?.done(
        `${trials} trials; average precision over folds ${before.toFixed(3)} as configured, ${averagePrecision.toFixed(3)} with ${found.join(', ') || 'the same'}`,
      )
      return
    }
    training ??= terminal.progress('Train')
    const { phase, algorithm, trees, maxTrees, averagePrecision } = stage.progress
    const unit = unitOf[algorithm]
    if (phase === 'evaluate')
      training.done(`${trees} ${unit}${last === null ? '' : `, average precision ${last.toFixed(3)} on validation`}`)
    else training.update(trees / maxTrees, `${trees} of at most ${maxTrees} ${unit}`)
    last = averagePrecision ?? last
  }
}

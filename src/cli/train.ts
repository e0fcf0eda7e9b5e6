// `tocsin train`: a file of labelled history in, a version of a model and its evaluation out.

import { type TrainStage, trainDetector } from '../app/train.ts'
import { reportPath, writeReport } from '../app/trainingReport.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption, text } from './command.ts'
import { printEvaluation } from './evaluation.ts'
import { printFindings } from './findings.ts'
import type { Terminal } from './terminal.ts'

export const train: Command = {
  summary: 'learn from labelled history; register the model',
  usage: '<history.csv|.parquet|.jsonl>',
  options: {
    config: configOption,
    json: jsonOption,
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
    const trained = await trainDetector(config, path, { onStage: showStages(terminal), signal })
    const { artifact, version, digest, isChampion } = trained
    const report = text(input, 'report') ?? reportPath(config, version)
    await writeReport(report, trained.report())
    if (values.json) {
      terminal.json({
        version,
        digest,
        isChampion,
        report,
        operatingPoint: artifact.operatingPoint,
        evaluation: artifact.evaluation,
      })
      return 0
    }
    printEvaluation(terminal, artifact)
    terminal.line(`Training report: ${report}`)
    terminal.line(
      `Registered as version ${version} of ${config.detector} (${digest.slice(0, 12)})${isChampion ? ', its champion. Next: tocsin up' : `. To let it decide: tocsin models promote ${version}`}`,
    )
    return 0
  },
}

/** Progress of reading and training on a terminal. */
export function showStages(terminal: Terminal): (stage: TrainStage) => void {
  let reading: ReturnType<Terminal['progress']> | undefined = terminal.progress('Read history')
  let training: ReturnType<Terminal['progress']> | undefined
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
      training = terminal.progress('Train')
      return
    }
    const { phase, trees, maxTrees, averagePrecision } = stage.progress
    if (phase === 'evaluate')
      training?.done(`${trees} trees${last === null ? '' : `, average precision ${last.toFixed(3)} on validation`}`)
    else training?.update(trees / maxTrees, `${trees} of at most ${maxTrees} trees`)
    last = averagePrecision ?? last
  }
}

// `tocsin lint`: a file of labelled history in, what would make a model of it worse than it looks out.

import { lintFile } from '../app/lint.ts'
import { loadConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { type Command, configOption, jsonOption } from './command.ts'
import { printFindings } from './findings.ts'

/** sysexits.h: the data are wrong. */
const dataError = 65

export const lint: Command = {
  summary: 'look for leaks, copies and gaps in labelled history before training',
  usage: '<history.csv|.parquet|.jsonl>',
  options: { config: configOption, json: jsonOption },
  maxPositionals: 1,
  async run({ values, positionals, terminal, environment }) {
    const [path] = positionals
    if (path === undefined)
      throw new TocsinError(
        'USAGE',
        'no history was named; expected a CSV, Parquet or JSON lines file: tocsin lint history.csv',
      )
    const linted = await lintFile(await loadConfig(String(values.config), environment), path)
    const { findings, accepted, needless, notes } = linted
    const errors = findings.filter(({ severity }) => severity === 'error').length
    if (values.json) terminal.json({ findings, accepted, needless, notes })
    else {
      for (const note of notes) terminal.note(`note: ${note}`)
      printFindings(terminal, linted, (line) => terminal.line(line))
      if (needless.length > 0)
        terminal.line(`lint.accept names what was not found: ${needless.join(', ')}; take it out`)
      terminal.line(`errors: ${errors}, warnings: ${findings.length - errors}, accepted: ${accepted.length}`)
    }
    return errors > 0 ? dataError : 0
  },
}

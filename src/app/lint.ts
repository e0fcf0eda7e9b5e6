// A history and a configuration in, what the linter found and whether a person has accepted it out.

import type { Config } from '../config.ts'
import { systemClock } from '../core/clock.ts'
import type { History } from '../core/column.ts'
import { TocsinError } from '../core/error.ts'
import type { EventSchema } from '../core/event.ts'
import { type Finding, isAccepted, lintHistory, readHistory, splitByTime } from '../data/data.ts'

export type Linted = {
  /** Errors first; without those that the configuration accepts. */
  readonly findings: readonly Finding[]
  readonly accepted: readonly Finding[]
  /** Entries of `lint.accept` that nothing was found for. */
  readonly needless: readonly string[]
}

/** Looks at a history before anything is trained on it. `split` is where its periods begin. */
export function lint(
  config: Config,
  schema: EventSchema,
  history: History,
  split: { readonly validationStart: number; readonly testStart: number },
): Linted {
  const { accept } = config.lint
  const all = lintHistory(schema, history, { ...split, nowMs: systemClock.now() })
  return {
    findings: all.filter((finding) => !isAccepted(finding, accept)),
    accepted: all.filter((finding) => isAccepted(finding, accept)),
    needless: accept.filter((entry) => !all.some((finding) => isNamed(finding, entry))),
  }
}

function isNamed({ code, columns }: Finding, entry: string): boolean {
  return entry === code || columns.some((column) => entry === `${code}:${column}`)
}

/** The same of a file; `notes` are what reading it inferred. Throws the errors of reading and splitting. */
export async function lintFile(config: Config, path: string): Promise<Linted & { readonly notes: readonly string[] }> {
  const { schema, history, findings } = await readHistory(path, { ...config.events, detector: config.detector })
  return { ...lint(config, schema, history, splitByTime(history, config.model)), notes: findings }
}

/** Throws `LINT_ERRORS` where an error is left that nobody has accepted. */
export function stopOnErrors({ findings }: Linted, path: string): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const entries = errors.flatMap(({ code, columns }) =>
    columns.length === 0 ? [code] : columns.map((column) => `${code}:${column}`),
  )
  const found = errors.length === 1 ? 'one error' : `${errors.length} errors`
  const message = `${path}: the linter found ${found} (${entries.join(', ')}); expected none that nobody has looked at; mend the history, leave columns out with events.ignore, or accept what is right with lint: {accept: ${JSON.stringify(entries)}} in the configuration. Nothing was trained.`
  throw new TocsinError('LINT_ERRORS', message, { details: errors.map((error) => error.message) })
}

// Where a score comes from → steps from an average event to this one, beside the line from which on it alerts.

import type { AlertStudy, Reason } from '../api.ts'
import { counted, fieldValue, logOdds } from '../format.ts'

/** More steps than these are told in one. */
const shownSteps = 8

type Step = { readonly name: string; readonly note: string; readonly from: number; readonly to: number }

export function Waterfall({ study, reasons }: { study: AlertStudy; reasons: readonly Reason[] }) {
  const { base, margin, alertsFrom } = study
  const steps = stepsOf(study, reasons)
  const ends = [base, margin, alertsFrom, ...steps.map(({ to }) => to)]
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const at = (value: number) => (100 * (value - low)) / (high - low || 1)
  return (
    <figure className="waterfall">
      <figcaption>
        From an average event ({logOdds(base)}) to this one ({logOdds(margin)}) in log-odds: red raised the score, grey
        lowered it. It alerts from {logOdds(alertsFrom)}, the dashed line; {logOdds(Math.LN2)} doubles the odds.
      </figcaption>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ol role="list" style={{ ['--line-at' as string]: `${at(alertsFrom)}%` }}>
        <Row name="Average event" note="" from={low} to={base} figure={logOdds(base)} kind="level" at={at} />
        {steps.map(({ name, note, from, to }) => (
          <Row
            key={name}
            {...{ name, note, from, to, at }}
            figure={logOdds(to - from)}
            kind={to < from ? 'lowers' : 'raises'}
          />
        ))}
        <Row name="This event" note="" from={low} to={margin} figure={logOdds(margin)} kind="total" at={at} />
      </ol>
    </figure>
  )
}

type RowProps = Step & {
  figure: string
  kind: 'level' | 'total' | 'raises' | 'lowers'
  /** Where a margin stands, percent of the width. */
  at: (margin: number) => number
}

function Row({ name, note, from, to, figure, kind, at }: RowProps) {
  const [start, end] = [at(Math.min(from, to)), at(Math.max(from, to))]
  return (
    <li data-kind={kind}>
      <p className="waterfall-text">
        <b>{name}</b> {note}
      </p>
      <span className="waterfall-track" aria-hidden="true">
        <span className="waterfall-bar" style={{ insetInlineStart: `${start}%`, inlineSize: `${end - start}%` }} />
      </span>
      <span className="waterfall-figure">{figure}</span>
    </li>
  )
}

function stepsOf({ base, parts }: AlertStudy, reasons: readonly Reason[]): Step[] {
  const words = new Map(reasons.map((reason) => [reason.feature, wordsAfter(reason)]))
  const moved = parts.filter(({ contribution }) => contribution !== 0)
  const [shown, rest] = [moved.slice(0, shownSteps), moved.slice(shownSteps)]
  const steps: Step[] = []
  let from = base
  const add = (name: string, note: string, contribution: number) => {
    steps.push({ name, note, from, to: from + contribution })
    from += contribution
  }
  for (const { feature, value, contribution } of shown)
    add(feature, words.get(feature) ?? fieldValue(value), contribution)
  if (rest.length > 0)
    add(
      counted(rest.length, 'other feature'),
      'together',
      rest.reduce((sum, { contribution }) => sum + contribution, 0),
    )
  return steps
}

// A reason's words mostly begin with its feature, which stands before them already.
function wordsAfter({ feature, text }: Reason): string {
  return text.startsWith(`${feature} `) ? text.slice(feature.length + 1) : text
}

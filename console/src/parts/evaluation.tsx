// A model's evaluation → its figures with their intervals, drawn on one scale, beside two baselines.

import type { Interval } from '../../../src/model/model.ts'
import type { Evaluation } from '../api.ts'
import { count, money, percent, score } from '../format.ts'

type Figure = { name: string; note?: string; interval: Interval; isQuiet?: boolean }

export function EvaluationFigures({ evaluation }: { evaluation: Evaluation }) {
  const { atOperatingPoint: point, baselines } = evaluation
  const figures: Figure[] = [
    { name: 'Average precision', interval: evaluation.averagePrecision },
    {
      name: 'Best single feature',
      note: baselines.bestFeature.name,
      interval: baselines.bestFeature.averagePrecision,
      isQuiet: true,
    },
    {
      name: 'No model at all',
      note: 'answers the base rate',
      interval: exactly(baselines.prior.averagePrecision),
      isQuiet: true,
    },
    { name: 'ROC AUC', interval: evaluation.rocAuc },
    { name: 'Precision', note: 'at the threshold', interval: point.precision },
    { name: 'Recall', note: 'at the threshold', interval: point.recall },
  ]
  return (
    <>
      <table className="figures">
        <caption className="unseen">Figures with their 95% intervals</caption>
        <tbody>
          {figures.map((figure) => (
            <FigureRow key={figure.name} figure={figure} />
          ))}
        </tbody>
      </table>
      <p className="model-words">
        {count(evaluation.anomalies)} anomalies among {count(evaluation.rows)} rows of{' '}
        {count(Math.max(1, Math.round(evaluation.period.days)))} days. At the threshold:{' '}
        {range(point.alertsPerDay, alertsADay)} alerts a day
        {point.caughtAmount !== null && point.anomalousAmount
          ? `, ${money(point.caughtAmount)} of ${money(point.anomalousAmount)} caught (${percent(point.caughtAmount / point.anomalousAmount)})`
          : ''}
        . Log loss {score(evaluation.logLoss.value)}, Brier {evaluation.brier.value.toPrecision(3)}.
      </p>
    </>
  )
}

const exactly = (value: number): Interval => ({ value, low: value, high: value })

const alertsADay = (value: number): string => (value < 10 ? value.toFixed(1) : count(value))

const range = ({ value, low, high }: Interval, write: (value: number) => string): string =>
  low === high ? write(value) : `${write(value)} (${write(low)}–${write(high)})`

function FigureRow({ figure: { name, note, interval, isQuiet } }: { figure: Figure }) {
  return (
    <tr data-quiet={isQuiet ?? false}>
      <th scope="row">
        {name}
        {note ? <small>{note}</small> : null}
      </th>
      <td className="figure-drawn" aria-hidden="true">
        <Whisker interval={interval} />
      </td>
      <td className="number figure-value">{score(interval.value)}</td>
      <td className="number figure-range">
        {interval.low === interval.high ? '' : `(${score(interval.low)}–${score(interval.high)})`}
      </td>
    </tr>
  )
}

// The figure as a dot and its interval as a bar, on 0..1.
function Whisker({ interval: { value, low, high } }: { interval: Interval }) {
  return (
    <span className="whisker">
      <span
        className="whisker-range"
        style={{ insetInlineStart: `${100 * low}%`, inlineSize: `${100 * (high - low)}%` }}
      />
      <span className="whisker-value" style={{ insetInlineStart: `${100 * value}%` }} />
    </span>
  )
}

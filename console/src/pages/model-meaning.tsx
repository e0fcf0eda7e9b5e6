// A threshold → what it means beside the one that holds now: by the evaluation, and on the stored scores of last week.

import { type Proportion, wilson } from '../../../src/core/proportion.ts'
import type { Evaluation, OperatingPoint } from '../api.ts'
import { count, money, percent } from '../format.ts'
import { pointAt } from './model-curve.tsx'

type MeaningProps = { point: OperatingPoint; threshold: number; evaluation: Evaluation | null }

type Row = { name: string; note?: string; now: string; chosen: string }

export function Meaning({ point, threshold, evaluation }: MeaningProps) {
  const rows = evaluation ? evaluationRows(point, threshold, evaluation) : []
  return (
    <div className="meanings">
      {rows.length === 0 ? null : (
        <MeaningTable
          title="By its evaluation"
          note="the last period of the history, by a model that had never seen it"
          rows={rows}
        />
      )}
      <LastWeek point={point} threshold={threshold} />
    </div>
  )
}

function LastWeek({ point, threshold }: { point: OperatingPoint; threshold: number }) {
  const { lastWeek } = point
  if (lastWeek === null)
    return (
      <section className="meaning" aria-label="Last week">
        <h3>Last week</h3>
        <p className="none">This version has decided nothing in the last seven days of the stream.</p>
      </section>
    )
  const { events, days, isWhole } = lastWeek
  const span = isWhole ? 'the last seven days of the stream' : `the newest ${days.toFixed(1)} days of the stream`
  return (
    <MeaningTable
      title="What it would have done last week"
      note={`${count(events)} events that it decided in ${span}`}
      rows={lastWeekRows(lastWeek.outcomes, point.threshold, threshold)}
    />
  )
}

function MeaningTable({ title, note, rows }: { title: string; note: string; rows: readonly Row[] }) {
  return (
    <section className="meaning" aria-label={title}>
      <h3>{title}</h3>
      <p className="quiet-word">{note}</p>
      <table className="meaning-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">Figure</span>
            </th>
            <th scope="col" className="number">
              Now
            </th>
            <th scope="col" className="number">
              Chosen
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, note: small, now, chosen }) => (
            <tr key={name}>
              <th scope="row">
                {name}
                {small ? <small>{small}</small> : null}
              </th>
              <td className="number">{now}</td>
              <td className="number meaning-then">{chosen}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function evaluationRows({ curve, threshold: now }: OperatingPoint, threshold: number, evaluation: Evaluation): Row[] {
  if (curve.length === 0) return []
  const both = (write: (point: OperatingPoint['curve'][number] | undefined) => string) => ({
    now: write(pointAt(curve, now)),
    chosen: write(pointAt(curve, threshold)),
  })
  const { days } = evaluation.period
  const hasCost = curve.some(({ costPerDay }) => costPerDay !== null)
  const hasAmount = curve.some(({ caughtShare }) => caughtShare !== null)
  return [
    { name: 'Alerts a day', ...both((point) => perDay(point?.alertsPerDay ?? 0)) },
    {
      name: 'Precision',
      note: '95% interval',
      ...both((point) => (point ? share(ofAlerts(point, days)) : '–')),
    },
    {
      name: 'Recall',
      note: '95% interval',
      ...both((point) => share(wilson((point?.recall ?? 0) * evaluation.anomalies, evaluation.anomalies))),
    },
    ...(hasAmount ? [{ name: 'Anomalous money caught', ...both((point) => percent(point?.caughtShare ?? 0)) }] : []),
    ...(hasCost
      ? [
          {
            name: 'Cost a day',
            note: 'misses and reviews',
            ...both((point) => (point?.costPerDay == null ? '–' : money(point.costPerDay))),
          },
        ]
      : []),
  ]
}

function ofAlerts({ alertsPerDay, precision }: OperatingPoint['curve'][number], days: number): Proportion | null {
  const alerts = alertsPerDay * days
  return wilson(precision * alerts, alerts)
}

type Outcome = NonNullable<OperatingPoint['lastWeek']>['outcomes'][number]

function lastWeekRows(outcomes: readonly Outcome[], now: number, threshold: number): Row[] {
  const at = (wanted: number) => outcomes.find((outcome) => outcome.threshold === wanted)
  const both = (write: (outcome: Outcome) => string) => {
    const [held, there] = [at(now), at(threshold)]
    return { now: held ? write(held) : '–', chosen: there ? write(there) : '–' }
  }
  const hasAmount = outcomes.some(({ amountAtRisk }) => amountAtRisk !== null)
  return [
    { name: 'Alerts', ...both(({ alerts }) => count(alerts)) },
    ...(hasAmount ? [{ name: 'Money at risk', ...both(({ amountAtRisk }) => money(amountAtRisk ?? 0)) }] : []),
    { name: 'Known anomalies', note: 'as people answered', ...both(({ anomalies }) => count(anomalies)) },
    { name: 'Known false alarms', ...both(({ normals }) => count(normals)) },
    {
      name: 'Precision of those answered',
      note: '95% interval',
      ...both(({ anomalies, normals }) => share(wilson(anomalies, anomalies + normals))),
    },
  ]
}

const perDay = (value: number): string => (value < 10 ? value.toFixed(1) : count(value))

const share = (of: Proportion | null): string =>
  of === null ? '–' : `${percent(of.value)} (${percent(of.low)}\u2060–\u2060${percent(of.high)})`

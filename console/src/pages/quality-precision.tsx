// Answers by day (or week) → precision as dots with their intervals, hollow where too few are answered, above how many are.

import { useState } from 'react'
import type { Quality } from '../api.ts'
import { count, counted, percent, shortDay } from '../format.ts'

type Point = Quality['byDay'][number]
type Promised = { readonly value: number; readonly low: number; readonly high: number } | null
type PrecisionChartProps = { points: readonly Point[]; isWeekly: boolean; promised: Promised }

export function PrecisionChart({ points, isWeekly, promised }: PrecisionChartProps) {
  const [pointed, setPointed] = useState<number | null>(null)
  const unit = isWeekly ? 'week' : 'day'
  const one = pointed === null ? undefined : points[pointed]
  const place = (i: number) => (100 * (i + 0.5)) / points.length
  const most = Math.max(1, ...points.map(({ alerts }) => alerts))
  return (
    <figure className="precision">
      <figcaption>{one ? pointWords(one, isWeekly) : sentence(points, unit, promised)}</figcaption>
      <div className="precision-plot" aria-hidden="true" onPointerLeave={() => setPointed(null)}>
        <div className="precision-dots">
          <Lines />
          {promised ? (
            <span
              className="precision-promised"
              style={{
                insetBlockStart: `${100 * (1 - promised.high)}%`,
                blockSize: `${100 * (promised.high - promised.low)}%`,
              }}
            />
          ) : null}
          {points.map((point, i) => (
            <Dot key={point.day} point={point} x={place(i)} />
          ))}
        </div>
        <p className="precision-name">
          alerts, answered and open, up to {count(most)} a {unit}
        </p>
        <div className="precision-answered">
          {points.map((point, i) => (
            <Column key={point.day} point={point} most={most} isPointed={pointed === i} onPoint={() => setPointed(i)} />
          ))}
        </div>
        <Ticks points={points} place={place} />
      </div>
      <ul className="legend" aria-hidden="true">
        <li>
          <i className="precision-dot" data-mature="true" /> most answered
        </li>
        <li>
          <i className="precision-dot" data-mature="false" /> few answered yet
        </li>
        <li>
          <i className="legend-range" /> 95% interval
        </li>
        {promised ? (
          <li>
            <i className="legend-promised" /> what the evaluation promised
          </li>
        ) : null}
      </ul>
      <Table points={points} isWeekly={isWeekly} />
    </figure>
  )
}

function Lines() {
  return [0, 0.5, 1].map((at) => (
    <span key={at} className="precision-line" style={{ insetBlockStart: `${100 * (1 - at)}%` }}>
      {percent(at)}
    </span>
  ))
}

function Dot({ point: { precision, isMature }, x }: { point: Point; x: number }) {
  if (!precision) return null
  return (
    <>
      <span
        className="precision-range"
        data-mature={isMature}
        style={{
          insetInlineStart: `${x}%`,
          insetBlockStart: `${100 * (1 - precision.high)}%`,
          blockSize: `${100 * (precision.high - precision.low)}%`,
        }}
      />
      <span
        className="precision-dot"
        data-mature={isMature}
        style={{ insetInlineStart: `${x}%`, insetBlockStart: `${100 * (1 - precision.value)}%` }}
      />
    </>
  )
}

type ColumnProps = { point: Point; most: number; isPointed: boolean; onPoint: () => void }

function Column({ point: { alerts, anomalies, normals }, most, isPointed, onPoint }: ColumnProps) {
  return (
    <span className="answered" data-pointed={isPointed} onPointerEnter={onPoint}>
      <span className="answered-all" style={{ blockSize: `${(100 * alerts) / most}%` }}>
        <span
          className="answered-some"
          style={{ blockSize: alerts === 0 ? 0 : `${(100 * (anomalies + normals)) / alerts}%` }}
        />
      </span>
    </span>
  )
}

// First, middle and last: three fit a phone.
function Ticks({ points, place }: { points: readonly Point[]; place: (i: number) => number }) {
  const last = points.length - 1
  const shown = [...new Set([0, ...(last > 3 ? [Math.round(last / 2)] : []), last])]
  return (
    <div className="bars-ticks">
      {shown.map((i) => (
        <span
          key={i}
          data-edge={i === 0 ? 'start' : i === last ? 'end' : undefined}
          style={{ left: i === 0 ? 0 : i === last ? '100%' : `${place(i)}%` }}
        >
          {shortDay(points[i]?.day ?? '').replace(/,? \d{4}$/, '')}
        </span>
      ))}
    </div>
  )
}

function sentence(points: readonly Point[], unit: string, promised: Promised): string {
  const known = points.filter(({ precision }) => precision)
  if (known.length === 0) return `No ${unit} has an answered alert yet: precision is not known.`
  const mature = known.filter(({ isMature }) => isMature)
  const young = known.length - mature.length
  const sure =
    mature.length === 0
      ? `No ${unit} has four fifths of its alerts answered yet, so all of this may still change.`
      : `${counted(mature.length, unit)} with four fifths or more of the alerts answered: ${percent(share(mature))} of the answers said anomaly${young > 0 ? `; ${count(young)} not yet so far` : ''}.`
  return promised ? `${sure} The evaluation promised ${percent(promised.value)}.` : sure
}

function share(points: readonly Point[]): number {
  const sum = (of: (point: Point) => number) => points.reduce((all, point) => all + of(point), 0)
  return sum(({ anomalies }) => anomalies) / sum(({ anomalies, normals }) => anomalies + normals)
}

function pointWords({ day, alerts, anomalies, normals, precision }: Point, isWeekly: boolean): string {
  const name = `${isWeekly ? 'Week of ' : ''}${shortDay(day)}`
  if (alerts === 0) return `${name}: no alerts`
  const answered = `${count(anomalies + normals)} of ${counted(alerts, 'alert')} answered`
  return precision
    ? `${name}: ${answered}, ${percent(precision.value)} anomalies (${percent(precision.low)} to ${percent(precision.high)})`
    : `${name}: ${answered}`
}

function Table({ points, isWeekly }: { points: readonly Point[]; isWeekly: boolean }) {
  return (
    <div className="unseen">
      <table>
        <caption>Precision and answers by {isWeekly ? 'week' : 'day'}</caption>
        <thead>
          <tr>
            <th scope="col">{isWeekly ? 'Week of' : 'Day'}</th>
            <th scope="col">Alerts</th>
            <th scope="col">Answered</th>
            <th scope="col">Precision</th>
            <th scope="col">Enough answered</th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ day, alerts, anomalies, normals, precision, isMature }) => (
            <tr key={day}>
              <th scope="row">{shortDay(day)}</th>
              <td>{count(alerts)}</td>
              <td>{count(anomalies + normals)}</td>
              <td>
                {precision
                  ? `${percent(precision.value)}, ${percent(precision.low)} to ${percent(precision.high)}`
                  : 'not known'}
              </td>
              <td>{isMature ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

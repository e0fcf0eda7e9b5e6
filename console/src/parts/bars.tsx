// Counts in a row (hours, minutes) → two strips over one another, alerts above events, each to its own scale, with a sentence.

import { type PointerEvent, useState } from 'react'
import { count, counted } from '../format.ts'

/** One place of the row. `name` says which in full, `tick` stands under it where given. */
export type Bar = { readonly name: string; readonly tick?: string; readonly events: number; readonly alerts: number }

type Kind = 'alerts' | 'events'
type Unit = 'hour' | 'minute'

const each: Readonly<Record<Unit, string>> = { hour: 'an hour', minute: 'a minute' }

export function Bars({ bars, sentence, unit }: { bars: readonly Bar[]; sentence: string; unit: Unit }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const bar = pointed === null ? undefined : bars[pointed]
  return (
    <figure className="bars">
      <figcaption>
        {bar ? `${bar.name}: ${counted(bar.events, 'event')}, ${counted(bar.alerts, 'alert')}` : sentence}
      </figcaption>
      <div className="bars-plot" aria-hidden="true">
        <Strip kind="alerts" unit={unit} bars={bars} pointed={pointed} onPoint={setPointed} />
        <Strip kind="events" unit={unit} bars={bars} pointed={pointed} onPoint={setPointed} />
        <Ticks bars={bars} />
      </div>
      <BarTable bars={bars} unit={unit} />
    </figure>
  )
}

type StripProps = {
  kind: Kind
  unit: Unit
  bars: readonly Bar[]
  pointed: number | null
  onPoint: (bar: number | null) => void
}

function Strip({ kind, unit, bars, pointed, onPoint }: StripProps) {
  const values = bars.map((bar) => bar[kind])
  const most = Math.max(0, ...values)
  const point = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    onPoint(Math.min(bars.length - 1, Math.max(0, Math.floor(((clientX - left) / width) * bars.length))))
  }
  return (
    <div className={`strip strip-${kind}`}>
      <p>{most === 0 ? `no ${kind}` : `${kind}, up to ${count(most)} ${each[unit]}`}</p>
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${bars.length} 100`}
        preserveAspectRatio="none"
        onPointerMove={point}
        onPointerLeave={() => onPoint(null)}
      >
        {pointed === null ? null : <rect className="bars-pointed" x={pointed} width="1" height="100" />}
        <path d={values.map((value, x) => barPath(x, value / Math.max(1, most))).join('')} />
      </svg>
    </div>
  )
}

// At least three hundredths high, so that one among a thousand is still seen.
function barPath(x: number, share: number): string {
  const height = share === 0 ? 0 : Math.max(3, 100 * share)
  return height === 0 ? '' : `M${x + 0.14} 100v${-height}h.72v${height}z`
}

function Ticks({ bars }: { bars: readonly Bar[] }) {
  return (
    <div className="bars-ticks" data-dense={bars.some(({ tick }) => (tick?.length ?? 0) > 5)}>
      {bars.map(({ name, tick }, i) =>
        tick ? (
          <span key={name} style={{ left: `${(100 * (i + 0.5)) / bars.length}%` }}>
            {tick}
          </span>
        ) : null,
      )}
    </div>
  )
}

// The same numbers for whoever cannot see the drawing.
function BarTable({ bars, unit }: { bars: readonly Bar[]; unit: Unit }) {
  return (
    <table className="unseen">
      <thead>
        <tr>
          <th scope="col">By {unit}</th>
          <th scope="col">Events</th>
          <th scope="col">Alerts</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ name, events, alerts }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{count(events)}</td>
            <td>{count(alerts)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

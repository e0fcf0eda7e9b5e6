// Counts in a row (hours, minutes) → two strips over one another, alerts above events, each to its own scale, with a sentence.

import { type PointerEvent, useState } from 'react'
import { count, counted } from '../format.ts'

/** One place of the row. `name` says which in full, `tick` stands under it where given. */
export type Bar = { readonly name: string; readonly tick?: string; readonly events: number; readonly alerts: number }

export function Bars({ bars, sentence, unit }: { bars: readonly Bar[]; sentence: string; unit: string }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const point = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    setPointed(Math.min(bars.length - 1, Math.max(0, Math.floor(((clientX - left) / width) * bars.length))))
  }
  const bar = pointed === null ? undefined : bars[pointed]
  return (
    <figure className="bars">
      <figcaption>
        {bar ? `${bar.name}: ${counted(bar.events, 'event')}, ${counted(bar.alerts, 'alert')}` : sentence}
      </figcaption>
      <div className="bars-plot" aria-hidden="true">
        <Scale bars={bars} />
        <svg
          aria-hidden="true"
          viewBox={`0 0 ${bars.length} 100`}
          preserveAspectRatio="none"
          onPointerMove={point}
          onPointerLeave={() => setPointed(null)}
        >
          {pointed === null ? null : <rect className="bars-pointed" x={pointed} y="0" width="1" height="100" />}
          <Strip values={bars.map(({ alerts }) => alerts)} top={0} height={40} className="bars-alerts" />
          <Strip values={bars.map(({ events }) => events)} top={46} height={54} className="bars-events" />
        </svg>
        <div className="bars-ticks">
          {bars.map(({ name, tick }, i) =>
            tick ? (
              <span key={name} style={{ left: `${(100 * (i + 0.5)) / bars.length}%` }}>
                {tick}
              </span>
            ) : null,
          )}
        </div>
      </div>
      <BarTable bars={bars} unit={unit} />
    </figure>
  )
}

const most = (values: readonly number[]): number => Math.max(0, ...values)

function Scale({ bars }: { bars: readonly Bar[] }) {
  return (
    <div className="bars-scale">
      <span>
        alerts <b>{count(most(bars.map(({ alerts }) => alerts)))}</b>
      </span>
      <span>
        events <b>{count(most(bars.map(({ events }) => events)))}</b>
      </span>
    </div>
  )
}

function Strip({
  values,
  top,
  height,
  className,
}: {
  values: readonly number[]
  top: number
  height: number
  className: string
}) {
  const scale = height / Math.max(1, most(values))
  // At least two units high, so that one among a thousand is still seen.
  const rise = (value: number) => (value === 0 ? 0 : Math.max(2, value * scale))
  const path = values.map((value, x) => `M${x + 0.14} ${top + height}v${-rise(value)}h.72v${rise(value)}z`).join('')
  return (
    <g className={className}>
      <rect className="bars-base" x="0" y={top + height - 0.6} width={values.length} height="0.6" />
      <path d={path} />
    </g>
  )
}

// The same numbers for whoever cannot see the drawing.
function BarTable({ bars, unit }: { bars: readonly Bar[]; unit: string }) {
  return (
    <table className="unseen">
      <thead>
        <tr>
          <th scope="col">{unit}</th>
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

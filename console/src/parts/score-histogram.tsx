// Events by score, twenty bins → bars whose height grows with the logarithm, since nearly all events lie in the first.

import { useState } from 'react'
import { count, counted } from '../format.ts'

export function ScoreHistogram({ histogram }: { histogram: readonly number[] }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const total = histogram.reduce((sum, events) => sum + events, 0)
  const top = Math.log1p(Math.max(1, ...histogram))
  const binName = (bin: number) =>
    `${(bin / histogram.length).toFixed(2)} to ${((bin + 1) / histogram.length).toFixed(2)}`
  const high = histogram.slice(histogram.length / 2).reduce((sum, events) => sum + events, 0)
  return (
    <figure className="bars">
      <figcaption>
        {pointed === null
          ? `${counted(high, 'event')} of ${count(total)} scored 0.5 or more. Heights are logarithmic.`
          : `Score ${binName(pointed)}: ${counted(histogram[pointed] ?? 0, 'event')}`}
      </figcaption>
      <div className="bars-plot strip strip-events" aria-hidden="true">
        <svg
          aria-hidden="true"
          viewBox={`0 0 ${histogram.length} 100`}
          preserveAspectRatio="none"
          onPointerLeave={() => setPointed(null)}
        >
          {histogram.map((events, bin) => {
            const height = (100 * Math.log1p(events)) / top
            return (
              <g key={binName(bin)} onPointerEnter={() => setPointed(bin)}>
                <rect className="bars-pointed" data-shown={pointed === bin} x={bin} y="0" width="1" height="100" />
                <rect x={bin + 0.12} y={100 - height} width="0.76" height={height} />
              </g>
            )
          })}
        </svg>
        <div className="bars-ticks">
          {[0, 0.25, 0.5, 0.75, 1].map((score) => (
            <span
              key={score}
              data-edge={score === 0 ? 'start' : score === 1 ? 'end' : undefined}
              style={{ left: `${100 * score}%` }}
            >
              {score}
            </span>
          ))}
        </div>
      </div>
      <table className="unseen">
        <caption>Events by score</caption>
        <tbody>
          {histogram.map((events, bin) => (
            <tr key={binName(bin)}>
              <th scope="row">{binName(bin)}</th>
              <td>{count(events)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

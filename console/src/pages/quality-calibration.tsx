// Scores against answers → where a score of .8 should mean that eight in ten are anomalies, whether they are.

import type { Quality } from '../api.ts'
import { count, percent, score } from '../format.ts'

type Bin = Quality['calibration'][number]

export function CalibrationChart({ bins }: { bins: readonly Bin[] }) {
  if (bins.length === 0)
    return <p className="none">No alert is answered yet. Once some are, their scores are held against the answers.</p>
  return (
    <figure className="calibration">
      <figcaption>{sentence(bins)}</figcaption>
      <div className="calibration-plot" aria-hidden="true">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path className="curve-grid" d="M0 50H100M50 0V100" />
          <path className="calibration-ideal" d="M0 100L100 0" />
        </svg>
        {bins.map((bin) => (
          <Mark key={bin.from} bin={bin} />
        ))}
        <span className="curve-axis curve-axis-y">anomalies found 100%</span>
        <span className="curve-axis curve-axis-x">score 1</span>
      </div>
      <div className="unseen">
        <table>
          <caption>Answered alerts by score</caption>
          <thead>
            <tr>
              <th scope="col">Score</th>
              <th scope="col">Answered alerts</th>
              <th scope="col">Predicted</th>
              <th scope="col">Found</th>
            </tr>
          </thead>
          <tbody>
            {bins.map(({ from, to, events, predicted, found }) => (
              <tr key={from}>
                <th scope="row">
                  {from} to {to}
                </th>
                <td>{count(events)}</td>
                <td>{score(predicted)}</td>
                <td>
                  {percent(found.value)}, {percent(found.low)} to {percent(found.high)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

function Mark({ bin: { predicted, found } }: { bin: Bin }) {
  return (
    <>
      <span
        className="precision-range"
        data-mature="true"
        style={{
          insetInlineStart: `${100 * predicted}%`,
          insetBlockStart: `${100 * (1 - found.high)}%`,
          blockSize: `${100 * (found.high - found.low)}%`,
        }}
      />
      <span
        className="precision-dot"
        data-mature="true"
        style={{ insetInlineStart: `${100 * predicted}%`, insetBlockStart: `${100 * (1 - found.value)}%` }}
      />
    </>
  )
}

// Off only where the interval does not hold the prediction: with few answers nearly everything fits.
function sentence(bins: readonly Bin[]): string {
  const all = bins.reduce((sum, { events }) => sum + events, 0)
  const predicted = bins.reduce((sum, bin) => sum + bin.predicted * bin.events, 0)
  const anomalies = bins.reduce((sum, bin) => sum + bin.anomalies, 0)
  const off = bins.filter(({ predicted: mean, found }) => mean < found.low || mean > found.high)
  const whole = `Their scores expected ${count(predicted)} anomalies in ${count(all)} answered alerts; people found ${count(anomalies)}.`
  if (off.length === 0) return `${whole} Every dot’s interval holds what was predicted (the line).`
  const names = off.map(({ from, to }) => `${from} to ${to}`).join(', ')
  return `${whole} Scores of ${names} are off by more than chance: dots below the line promised too much, above it too little.`
}

// A version's curve → precision against recall, with the chosen threshold on it, and a sentence that says what it shows.

import type { OperatingPoint } from '../api.ts'
import { percent } from '../format.ts'

type CurveChartProps = { curve: OperatingPoint['curve']; threshold: number; current: number }

const width = 600
const height = 220
const x = (share: number) => share * width
const y = (share: number) => (1 - share) * height

export function CurveChart({ curve, threshold, current }: CurveChartProps) {
  if (curve.length === 0)
    return <p className="none">This version came without a curve: only last week says what a threshold means.</p>
  const chosen = pointAt(curve, threshold)
  const held = pointAt(curve, current)
  const line = curve.map(({ recall, precision }) => `${x(recall).toFixed(1)},${y(precision).toFixed(1)}`).join(' ')
  return (
    <figure className="curve">
      <figcaption>{sentence(chosen)}</figcaption>
      <div className="curve-plot" aria-hidden="true">
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <path className="curve-grid" d={`M0 ${y(0.5)}H${width}M${x(0.5)} 0V${height}`} />
          <polyline points={line} />
        </svg>
        {held ? <Mark point={held} kind="held" /> : null}
        {chosen ? <Mark point={chosen} kind="chosen" /> : null}
        <span className="curve-axis curve-axis-y">precision 100%</span>
        <span className="curve-axis curve-axis-x">recall 100%</span>
      </div>
    </figure>
  )
}

type Point = OperatingPoint['curve'][number]

/** What a threshold means: the curve's point with the lowest threshold that is not below it; undefined above the highest score. */
export function pointAt(curve: readonly Point[], threshold: number): Point | undefined {
  return curve.filter((point) => point.threshold >= threshold).at(-1)
}

function Mark({ point: { recall, precision }, kind }: { point: Point; kind: 'held' | 'chosen' }) {
  return (
    <span
      className={`curve-mark curve-mark-${kind}`}
      style={{ insetInlineStart: `${100 * recall}%`, insetBlockStart: `${100 * (1 - precision)}%` }}
    />
  )
}

function sentence(point: Point | undefined): string {
  if (!point) return 'Above the highest score of the evaluation: nothing of its period would have alerted.'
  return `On the evaluation's period, ${percent(point.recall)} of the anomalies alert, and ${percent(point.precision)} of the alerts are anomalies.`
}

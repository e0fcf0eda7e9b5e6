// A score and its threshold → the figure and where it lies between normal and anomalous.

import { score as figure } from '../format.ts'

export function Score({ score, threshold }: { score: number; threshold: number }) {
  return (
    <div className="score" title={`Score ${figure(score)}; alerts from ${figure(threshold)}`}>
      <span className="unseen">Score </span>
      <span className="score-figure">{figure(score)}</span>
      <svg className="score-track" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect className="score-ground" width="100" height="4" />
        <rect className="score-fill" width={100 * score} height="4" />
        <rect className="score-threshold" x={Math.min(98, 100 * threshold)} width="2" height="4" />
      </svg>
    </div>
  )
}

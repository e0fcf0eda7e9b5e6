// An alert's reasons → bars to the right (towards anomaly) and to the left (towards normal) of a common line.

import type { Reason } from '../api.ts'
import { logOdds } from '../format.ts'

export function Contributions({ reasons }: { reasons: readonly Reason[] }) {
  const most = Math.max(...reasons.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE)
  const hasBothSides = reasons.some(({ contribution }) => contribution < 0)
  return (
    <figure className="contributions" data-sides={hasBothSides ? 'both' : 'one'}>
      <figcaption>
        What moved the score most, in log-odds: red raised it{hasBothSides ? ', grey lowered it' : ''};{' '}
        {logOdds(Math.LN2)} doubles the odds of an anomaly.
      </figcaption>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ol role="list">
        {reasons.map((reason) => (
          <li key={reason.feature}>
            <p className="contribution-text">
              <b>{reason.feature}</b> {wordsAfter(reason)}
            </p>
            <span className="contribution-track" aria-hidden="true">
              <span
                className={
                  reason.contribution < 0
                    ? 'contribution-bar contribution-lowers'
                    : 'contribution-bar contribution-raises'
                }
                style={{ inlineSize: `${(100 * Math.abs(reason.contribution)) / most}%` }}
              />
            </span>
            <span className="contribution-figure">{logOdds(reason.contribution)}</span>
          </li>
        ))}
      </ol>
    </figure>
  )
}

// A reason's words mostly begin with its feature, which stands before them already.
function wordsAfter({ feature, text }: Reason): string {
  return text.startsWith(`${feature} `) ? text.slice(feature.length + 1) : text
}

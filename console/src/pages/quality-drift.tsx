// Drift of the score and the features → one strip by day each, shares now beside those of the training, what matters most first.

import { useState } from 'react'
import type { DriftJson } from '../../../src/web/api/quality.ts'
import type { Drift, FeatureDrift, Severity } from '../api.ts'
import { count, counted, percent, shortDay } from '../format.ts'
import { Panel } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'
import { Tile } from '../parts/tile.tsx'

const words: Readonly<Record<Severity, string>> = {
  steady: 'Steady',
  shifted: 'Shifted',
  drifted: 'Drifted',
  unknown: 'Cannot tell',
}

const isMoved = ({ fromTraining: { severity } }: FeatureDrift): boolean =>
  severity === 'shifted' || severity === 'drifted'

export function DriftTiles({ answer }: { answer: DriftJson | undefined }) {
  if (!answer?.drift) return null
  const { score, features, recentDays } = answer.drift
  const moved = features.filter(isMoved)
  const isFar = moved.some(({ fromTraining }) => fromTraining.severity === 'drifted')
  const { severity } = score.fromTraining
  return (
    <>
      <Tile
        name="Score against training"
        value={words[severity]}
        isWords={true}
        note={
          severity === 'unknown' ? `in the last ${recentDays} days` : `stability index ${psi(score.fromTraining.psi)}`
        }
        {...(severity === 'drifted' ? { tone: 'alarm' as const } : {})}
      />
      <Tile
        name="Features that moved"
        value={count(moved.length)}
        note={`of ${count(features.length)}, in the last ${recentDays} days`}
        {...(isFar ? { tone: 'alarm' as const } : {})}
      />
    </>
  )
}

export function DriftSections({ answer: { drift, why } }: { answer: DriftJson }) {
  if (!drift) return <NoDrift why={why} />
  return (
    <>
      <Panel title="Drift of the score" note={`version ${drift.modelVersion}, last ${drift.recentDays} days`}>
        <p className="quality-sentence">{scoreSentence(drift)}</p>
        <FeatureCharts feature={drift.score} />
      </Panel>
      <Panel title="Drift of the features" note="what weighs most first">
        <p className="quality-sentence">{featuresSentence(drift)}</p>
        <Features features={drift.features} />
      </Panel>
    </>
  )
}

function NoDrift({ why }: { why: DriftJson['why'] }) {
  if (why === 'noModel')
    return (
      <Empty title="No champion, no drift">
        <p>Drift is counted against what the champion was trained on. Promote a version first.</p>
      </Empty>
    )
  if (why === 'noBaseline')
    return (
      <Empty title="This version came without what drift is held against">
        <p>It was trained before decisions were counted for drift. Train it again:</p>
        <pre>
          <code>tocsin train history.csv</code>
        </pre>
      </Empty>
    )
  return <Empty title="No events yet" />
}

const shownAtFirst = 12

function Features({ features }: { features: readonly FeatureDrift[] }) {
  const [isAll, setAll] = useState(false)
  const shown = isAll ? features : features.slice(0, shownAtFirst)
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ul className="drifts" role="list">
        {shown.map((feature) => (
          <li key={feature.name}>
            <Feature feature={feature} />
          </li>
        ))}
      </ul>
      {features.length > shown.length ? (
        <button type="button" className="button" onClick={() => setAll(true)}>
          Show all {count(features.length)} features
        </button>
      ) : null}
    </>
  )
}

function Feature({ feature }: { feature: FeatureDrift }) {
  const { name, importance, fromTraining } = feature
  return (
    <details className="drift">
      <summary>
        <span className="drift-name">{name}</span>
        <SeverityMark severity={fromTraining.severity} />
        <Strip feature={feature} />
        <span className="drift-psi number">
          <small>index</small> {psi(fromTraining.psi)}
        </span>
        <span className="drift-weight number">
          <small>weight</small> {importance === null ? '–' : percent(importance)}
        </span>
      </summary>
      <p className="quality-sentence">{featureSentence(feature)}</p>
      <FeatureCharts feature={feature} />
    </details>
  )
}

function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className="severity" data-severity={severity}>
      {words[severity]}
    </span>
  )
}

/** Above it bars are cut off: beyond, it is drift, however far. */
const highest = 0.5

function Strip({ feature: { byDay } }: { feature: FeatureDrift }) {
  return (
    <svg className="drift-strip" viewBox={`0 0 ${byDay.length} 100`} preserveAspectRatio="none" aria-hidden="true">
      {byDay.map(({ day, psi: value, severity }, i) => {
        const height = value === null ? 0 : Math.max(4, (100 * Math.min(highest, value)) / highest)
        return <rect key={day} data-severity={severity} x={i + 0.12} y={100 - height} width="0.76" height={height} />
      })}
    </svg>
  )
}

function FeatureCharts({ feature }: { feature: FeatureDrift }) {
  return (
    <div className="drift-charts">
      <ByDay feature={feature} />
      <Shares feature={feature} />
    </div>
  )
}

function ByDay({ feature }: { feature: FeatureDrift }) {
  const { byDay, name } = feature
  const [first, last] = [byDay[0], byDay.at(-1)]
  return (
    <figure className="drift-days">
      <figcaption>
        Stability index of each day against training: from 0.1 it has shifted, from 0.25 drifted. Grey: only a part of a
        day, or too few events.
      </figcaption>
      <div className="drift-plot" aria-hidden="true">
        {[0.1, 0.25].map((limit) => (
          <span key={limit} className="drift-limit" style={{ insetBlockEnd: `${(100 * limit) / highest}%` }}>
            {limit}
          </span>
        ))}
        <Strip feature={feature} />
      </div>
      <div className="bars-ticks" aria-hidden="true">
        {first ? (
          <span data-edge="start" style={{ left: 0 }}>
            {shortDay(first.day)}
          </span>
        ) : null}
        {last && last !== first ? (
          <span data-edge="end" style={{ left: '100%' }}>
            {shortDay(last.day)}
          </span>
        ) : null}
      </div>
      <div className="unseen">
        <table>
          <caption>Stability index of {name} by day</caption>
          <tbody>
            {byDay.map(({ day, psi: value, severity }) => (
              <tr key={day}>
                <th scope="row">{shortDay(day)}</th>
                <td>{value === null ? 'no events' : `${psi(value)}, ${words[severity]}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

function Shares({ feature: { bins, name } }: { feature: FeatureDrift }) {
  const shown = bins.filter(({ trained, now }) => trained > 0 || (now ?? 0) > 0)
  const most = Math.max(0.01, ...shown.flatMap(({ trained, now }) => [trained, now ?? 0]))
  const width = (share: number) => ({ inlineSize: `${(100 * share) / most}%` })
  return (
    <table className="shares">
      <caption>
        Share of events by {name === 'score' ? 'score' : 'value'}: <i className="share-now" /> now,{' '}
        <i className="share-then" /> in training
      </caption>
      <thead className="unseen">
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Drawn</th>
          <th scope="col">Now</th>
          <th scope="col">In training</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ name: bin, trained, now }) => (
          <tr key={bin}>
            <th scope="row">{bin}</th>
            <td className="shares-drawn" aria-hidden="true">
              <span className="share-now" style={width(now ?? 0)} />
              <span className="share-then" style={width(trained)} />
            </td>
            <td className="number">{now === null ? '–' : percent(now)}</td>
            <td className="number quiet-word">{percent(trained)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const psi = (value: number | null): string => (value === null ? '–' : value < 0.005 ? '0.00' : value.toFixed(2))

function scoreSentence({ score, events, weekdayEvents, recentDays }: Drift): string {
  const { fromTraining, fromWeekdays } = score
  if (fromTraining.severity === 'unknown')
    return `${counted(events, 'event')} in the last ${recentDays} days: too few to tell drift from chance.`
  const against = {
    steady: 'is spread as in the test period',
    shifted: 'is spread otherwise than in the test period',
    drifted: 'is spread quite otherwise than in the test period',
  }[fromTraining.severity]
  return `Over ${counted(events, 'event')}, the score ${against} (index ${psi(fromTraining.psi)}). ${weekdayWords(fromWeekdays, weekdayEvents)}`
}

function weekdayWords({ psi: value, severity }: FeatureDrift['fromWeekdays'], events?: number): string {
  if (value === null || severity === 'unknown')
    return 'There are too few events of the same weekdays before to compare with.'
  const how = { steady: 'it is as usual', shifted: 'it has shifted', drifted: 'it has drifted' }[severity]
  return `Against the same weekdays of up to four weeks before${events === undefined ? '' : ` (${counted(events, 'event')})`} ${how} (index ${psi(value)}).`
}

function featuresSentence({ features, events }: Drift): string {
  const moved = features.filter(isMoved)
  const few = features.every(({ fromTraining }) => fromTraining.severity === 'unknown')
  if (few) return `${counted(events, 'event')} are too few to tell drift from chance.`
  if (moved.length === 0) return `None of the ${counted(features.length, 'feature')} has moved from training.`
  const names = moved.slice(0, 3).map(({ name }) => name)
  return `${count(moved.length)} of ${counted(features.length, 'feature')} have moved from training; most for what they weigh: ${names.join(', ')}. A feature that drifts and weighs little does little harm.`
}

function featureSentence(feature: FeatureDrift): string {
  const { fromTraining, fromWeekdays, bins, importance } = feature
  if (fromTraining.severity === 'unknown') return 'Too few events in these days to tell drift from chance.'
  const grown = [...bins].sort((a, b) => gap(b) - gap(a))[0]
  const change =
    grown && grown.now !== null && fromTraining.severity !== 'steady'
      ? ` Most of the change: ${grown.name}, ${percent(grown.trained)} in training and ${percent(grown.now)} now.`
      : ''
  const weight = importance === null ? '' : ` It makes up ${percent(importance)} of what moves scores.`
  return `${words[fromTraining.severity]} against training (index ${psi(fromTraining.psi)}).${change}${weight} ${weekdayWords(fromWeekdays)}`
}

const gap = ({ trained, now }: FeatureDrift['bins'][number]): number => Math.abs((now ?? trained) - trained)

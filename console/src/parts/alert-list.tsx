// Alerts → a list that the hands can stay on the keyboard for: j and k move, a and n answer, Enter opens.

import { memo, useRef } from 'react'
import type { AlertJson } from '../api.ts'
import { money } from '../format.ts'
import { useLabelling } from '../labels.ts'
import { Link } from '../router.tsx'
import { useAlertKeys } from './alert-keys.ts'
import { LabelButtons } from './label-buttons.tsx'
import { Score } from './score.tsx'
import { Time } from './time.tsx'
import { chunkRows, useChunks } from './window.ts'

/** Which alerts of a list are chosen, to answer many at once. */
type Choice = { readonly ids: ReadonlySet<string>; readonly toggle: (id: string) => void }

type AlertListProps = { alerts: readonly AlertJson[]; name: string; choice?: Choice }

export function AlertList({ alerts, name, choice }: AlertListProps) {
  const list = useRef<HTMLOListElement>(null)
  useAlertKeys(list, choice?.toggle)
  const chunks = useChunks(list, alerts.length)
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
    <ol className="alerts" ref={list} role="list" aria-label={name}>
      {chunks.map(({ from, to, gap }) =>
        gap === null ? (
          alerts
            .slice(from, to)
            .map((alert, i) => (
              <AlertRow
                key={alert.id}
                alert={alert}
                {...(choice ? { isChosen: choice.ids.has(alert.id), onToggle: choice.toggle } : {})}
                {...(chunks.length > 1 ? { place: from + i, count: alerts.length } : {})}
              />
            ))
        ) : (
          <li key={`gap ${from}`} role="presentation" data-chunk={from / chunkRows} style={{ blockSize: gap }} />
        ),
      )}
    </ol>
  )
}

type AlertRowProps = {
  alert: AlertJson
  isChosen?: boolean
  onToggle?: (id: string) => void
  /** Where it stands of how many, where not all rows are drawn. */
  place?: number
  count?: number
}

// A row renders again only when something of its own changes: a queue may hold thousands.
const AlertRow = memo(function AlertRow({ alert, isChosen = false, onToggle, place, count }: AlertRowProps) {
  const { label } = useLabelling(alert)
  return (
    <li
      className="alert"
      tabIndex={-1}
      data-alert-id={alert.id}
      data-label={label ?? 'none'}
      data-chosen={isChosen}
      {...(place === undefined ? {} : { 'aria-posinset': place + 1, 'aria-setsize': count })}
      {...(place !== undefined && place % chunkRows === 0 ? { 'data-chunk': place / chunkRows } : {})}
    >
      {onToggle ? (
        <label className="alert-choice">
          <input type="checkbox" checked={isChosen} onChange={() => onToggle(alert.id)} />
          <span className="unseen">Choose {alert.entity ?? alert.eventId}</span>
        </label>
      ) : null}
      <Score score={alert.score} threshold={alert.threshold} />
      <div className="alert-what">
        <h3>
          <Link href={`/alerts/${encodeURIComponent(alert.id)}`}>{alert.entity ?? alert.eventId}</Link>
          {alert.amount === null ? null : <span className="alert-amount">{money(alert.amount)}</span>}
          <Time iso={alert.eventTime} />
        </h3>
        <ul className="reasons">
          {alert.reasons.slice(0, 3).map((reason) => (
            <li key={reason.feature}>{reason.text}</li>
          ))}
        </ul>
      </div>
      <LabelButtons alert={alert} />
    </li>
  )
})

export function AlertKeysHint() {
  return (
    <p className="keys-hint">
      <kbd>j</kbd> <kbd>k</kbd> move <kbd>a</kbd> anomaly <kbd>n</kbd> normal <kbd>u</kbd> unsure <kbd>o</kbd> open
    </p>
  )
}

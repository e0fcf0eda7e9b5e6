// Alerts → a list that the hands can stay on the keyboard for: j and k move, a and n answer, Enter opens.

import { useRef } from 'react'
import type { AlertJson } from '../api.ts'
import { money } from '../format.ts'
import { useLabelling } from '../labels.ts'
import { Link } from '../router.tsx'
import { useAlertKeys } from './alert-keys.ts'
import { LabelButtons } from './label-buttons.tsx'
import { Score } from './score.tsx'
import { Time } from './time.tsx'

export function AlertList({ alerts, name }: { alerts: readonly AlertJson[]; name: string }) {
  const list = useRef<HTMLOListElement>(null)
  useAlertKeys(list)
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
    <ol className="alerts" ref={list} role="list" aria-label={name}>
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} />
      ))}
    </ol>
  )
}

function AlertRow({ alert }: { alert: AlertJson }) {
  const { label } = useLabelling(alert)
  return (
    <li className="alert" tabIndex={-1} data-alert-id={alert.id} data-label={label ?? 'none'}>
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
}

export function AlertKeysHint() {
  return (
    <p className="keys-hint">
      <kbd>j</kbd> <kbd>k</kbd> move <kbd>a</kbd> anomaly <kbd>n</kbd> normal <kbd>o</kbd> open
    </p>
  )
}

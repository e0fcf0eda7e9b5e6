// One alert → why it was raised, the event as it came, who heard of it, and what people answered.

import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type AlertJson, api } from '../api.ts'
import { count, fieldValue, money, score } from '../format.ts'
import { useGiveLabel } from '../labels.ts'
import { isShortcut } from '../parts/alert-keys.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Contributions } from '../parts/contributions.tsx'
import { LabelButtons } from '../parts/label-buttons.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Await } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { Time } from '../parts/time.tsx'
import { BackLink, Link } from '../router.tsx'
import './alert.css'

export function AlertPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['alert', id], queryFn: ({ signal }) => api.alert(id, signal) })
  const alert = query.data
  return (
    <Page
      title={alert ? (alert.entity ?? alert.eventId) : 'Alert'}
      lead={alert ? <Time iso={alert.eventTime} /> : null}
      back={<BackLink href="/alerts">Alerts</BackLink>}
      actions={alert ? <LabelButtons alert={alert} /> : null}
    >
      <Await query={query} what="this alert" lines={6}>
        {(data) => <AlertDetail alert={data} />}
      </Await>
    </Page>
  )
}

function AlertDetail({ alert }: { alert: AlertJson }) {
  useLabelKeys(alert.id)
  return (
    <>
      <Tiles>
        <Tile name="Score" value={score(alert.score)} note={`alerts from ${score(alert.threshold)}`} tone="alarm" />
        {alert.amount === null ? null : <Tile name="Amount" value={money(alert.amount)} />}
        <Tile
          name="Model"
          isWords={true}
          value={<Link href="/models">Version {count(alert.modelVersion)}</Link>}
          note={`detector ${alert.detector}`}
        />
      </Tiles>
      <Panel title="Why">
        <Contributions reasons={alert.reasons} />
      </Panel>
      <div className="pair">
        <Panel title="The event" note={alert.eventId}>
          <Fields alert={alert} />
        </Panel>
        <div className="stack">
          <Panel title="Label">
            <LabelStory alert={alert} />
          </Panel>
          <Panel title="Deliveries">
            <Deliveries alert={alert} />
          </Panel>
        </div>
      </div>
      <Group alert={alert} />
    </>
  )
}

// The same letters as in the queue, without having to choose a row first.
function useLabelKeys(id: string): void {
  const give = useGiveLabel()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isInRow = document.activeElement?.closest('[data-alert-id]')
      if (isInRow || !isShortcut(event)) return
      if (event.key === 'a') give(id, 'anomaly')
      if (event.key === 'n') give(id, 'normal')
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [id, give])
}

function Fields({ alert }: { alert: AlertJson }) {
  const fields = Object.entries(alert.fields ?? {})
  if (fields.length === 0) return <p className="none">The event's fields are no longer kept.</p>
  const reasons = new Set(alert.reasons.map(({ feature }) => feature))
  return (
    <table className="fields">
      <caption className="unseen">Fields of the event; those among the reasons are in bold</caption>
      <tbody>
        {fields.map(([name, value]) => (
          <tr key={name} data-reason={reasons.has(name)}>
            <th scope="row">{name}</th>
            <td>{fieldValue(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function LabelStory({ alert: { label, labelledBy, labelledAt } }: { alert: AlertJson }) {
  if (label === null || labelledAt === null)
    return (
      <p className="none">
        Nobody has answered yet.{' '}
        <span className="keys-hint">
          <kbd>a</kbd> anomaly <kbd>n</kbd> normal
        </span>
      </p>
    )
  return (
    <p>
      <b className={`label-word label-word-${label}`}>{label === 'anomaly' ? 'Anomaly' : 'Normal'}</b>, said{' '}
      {labelledBy ?? 'somebody'}, <Time iso={labelledAt} />
    </p>
  )
}

const stateWords = { pending: 'to be sent', sent: 'sent', dead: 'given up' } as const

function Deliveries({ alert: { deliveries } }: { alert: AlertJson }) {
  if (deliveries.length === 0)
    return <p className="none">Nobody was told about this alert alone: its group had just been told.</p>
  return (
    <ul className="deliveries">
      {deliveries.map(({ receiver, state }) => (
        <li key={receiver} data-state={state}>
          <span>{receiver}</span> <span>{stateWords[state]}</span>
        </li>
      ))}
    </ul>
  )
}

// What else this entity did to be alerted for.
function Group({ alert }: { alert: AlertJson }) {
  const query = useQuery({
    queryKey: ['group', alert.groupKey],
    queryFn: ({ signal }) => api.group(alert.groupKey, signal),
    enabled: alert.entity !== null,
  })
  const others = query.data?.alerts.filter(({ id }) => id !== alert.id) ?? []
  if (alert.entity === null || others.length === 0) return null
  return (
    <section className="section" aria-label="Same entity">
      <header className="section-head">
        <h2>Other alerts of {alert.entity}</h2>
      </header>
      <AlertList name={`Other alerts of ${alert.entity}`} alerts={others} />
    </section>
  )
}

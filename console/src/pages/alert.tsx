// One alert → why it was raised, what would not have been, cases like it, the event as it came, who heard of it, what people answered.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type AlertJson, type AlertStudy, ApiError, api } from '../api.ts'
import { count, fieldValue, money, percent, score } from '../format.ts'
import { useGiveLabel, useSayUnsure } from '../labels.ts'
import { isShortcut } from '../parts/alert-keys.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Contributions } from '../parts/contributions.tsx'
import { LabelButtons } from '../parts/label-buttons.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { SilenceDialog } from '../parts/silence-dialog.tsx'
import { Await } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { Time } from '../parts/time.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
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
      <Why alert={alert} />
      <Care alert={alert} />
      <div className="pair">
        <Panel title="The event" note={alert.eventId}>
          <Fields alert={alert} />
        </Panel>
        <div className="stack">
          <Panel title="Who said what">
            <Trail alert={alert} />
          </Panel>
          <Panel title="Who was told">
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
  const sayUnsure = useSayUnsure()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isInRow = document.activeElement?.closest('[data-alert-id]')
      if (isInRow || !isShortcut(event)) return
      if (event.key === 'a') give(id, 'anomaly')
      if (event.key === 'n') give(id, 'normal')
      if (event.key === 'u') sayUnsure(id)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [id, give, sayUnsure])
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

// The model is asked for its reasons; where event or model are gone, what was written down with the alert remains.
function Why({ alert }: { alert: AlertJson }) {
  const study = useQuery({ queryKey: ['study', alert.id], queryFn: ({ signal }) => api.study(alert.id, signal) })
  const isGone = study.error instanceof ApiError && study.error.status === 404
  return (
    <>
      <Panel
        title="Why"
        {...(isGone ? { note: 'The event or its model is no longer kept; these were its reasons.' } : {})}
      >
        {isGone ? (
          <Contributions reasons={alert.reasons} />
        ) : (
          <Await query={study} what="where the score comes from" lines={5}>
            {(data) => <Waterfall study={data} reasons={alert.reasons} />}
          </Await>
        )}
      </Panel>
      {study.data ? (
        <div className="pair">
          <Panel title="What would not have alerted">
            <WouldPass study={study.data} threshold={alert.threshold} />
          </Panel>
          <Panel title="Labelled cases most like it">
            <Alike study={study.data} />
          </Panel>
        </div>
      ) : null}
    </>
  )
}

function WouldPass({ study: { wouldPass }, threshold }: { study: AlertStudy; threshold: number }) {
  if (!wouldPass)
    return (
      <p className="none">
        No usual value of one feature or of two would have brought the score below {score(threshold)}.
      </p>
    )
  return (
    <>
      <p className="none">
        The smallest change towards usual values that brings the score to {score(wouldPass.score)}, below{' '}
        {score(threshold)}:
      </p>
      <ul className="would-pass">
        {wouldPass.changes.map(({ feature, from, to }) => (
          <li key={feature}>
            <b>{feature}</b> <span>{fieldValue(to)}</span> in place of <span>{fieldValue(from)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Alike({ study: { alike } }: { study: AlertStudy }) {
  if (alike.length === 0) return <p className="none">No event that this version decided has a label yet.</p>
  return (
    <table className="alike">
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col" className="number">
            Amount
          </th>
          <th scope="col" className="number">
            Alike
          </th>
          <th scope="col">Label</th>
        </tr>
      </thead>
      <tbody>
        {alike.map(({ eventId, alertId, entity, amount, likeness, label, by }) => (
          <tr key={eventId}>
            <th scope="row">
              {alertId === null ? (
                (entity ?? eventId)
              ) : (
                <Link href={`/alerts/${encodeURIComponent(alertId)}`}>{entity ?? eventId}</Link>
              )}
            </th>
            <td className="number">{amount === null ? '' : money(amount)}</td>
            <td className="number">{percent(likeness)}</td>
            <td title={`said ${by}`}>
              <span className={`label-word label-word-${label}`}>{label}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

// Somebody takes care of it; nobody needs to hear of the like for a while.
function Care({ alert }: { alert: AlertJson }) {
  const client = useQueryClient()
  const [isSilencing, setSilencing] = useState(false)
  const acknowledge = useMutation({
    mutationFn: () => api.acknowledge(alert.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['alert', alert.id] })
      void client.invalidateQueries({ queryKey: ['trail', alert.id] })
    },
  })
  const taken = alert.acknowledgement
  return (
    <section className="care" aria-label="Take care">
      <p>
        {taken ? (
          <>
            <b>{taken.by}</b> takes care since <Time iso={taken.at} />.
          </>
        ) : (
          'Nobody has said that they take care; until then it may go to the next in line.'
        )}
      </p>
      {taken ? null : (
        <button type="button" className="button" disabled={acknowledge.isPending} onClick={() => acknowledge.mutate()}>
          Acknowledge
        </button>
      )}
      <button type="button" className="button" onClick={() => setSilencing(true)}>
        Silence…
      </button>
      {acknowledge.error ? (
        <p className="label-error" role="alert">
          Not acknowledged: {acknowledge.error.message}
        </p>
      ) : null}
      {isSilencing ? <SilenceDialog entity={alert.entity} onClose={() => setSilencing(false)} /> : null}
    </section>
  )
}

const saidWords = {
  anomaly: 'anomaly',
  normal: 'normal',
  unsure: 'cannot tell',
  silence: 'silence, please',
  acknowledged: 'takes care',
} as const

function Trail({ alert }: { alert: AlertJson }) {
  const query = useQuery({ queryKey: ['trail', alert.id], queryFn: ({ signal }) => api.trail(alert.id, signal) })
  return (
    <Await query={query} what="what people said" lines={1}>
      {({ trail }) =>
        trail.length === 0 ? (
          <p className="none">
            Nobody has answered yet.{' '}
            <span className="keys-hint">
              <kbd>a</kbd> anomaly <kbd>n</kbd> normal <kbd>u</kbd> unsure
            </span>
          </p>
        ) : (
          <ol className="trail">
            {trail.map(({ at, by, what, note }) => (
              <li key={`${at} ${what} ${by}`}>
                <span>
                  {by}: <b className={`label-word label-word-${what}`}>{saidWords[what]}</b>
                </span>
                <Time iso={at} />
                {note === null ? null : <q>{note}</q>}
              </li>
            ))}
          </ol>
        )
      }
    </Await>
  )
}

const stateWords = { pending: 'to be sent', sent: 'sent', dead: 'given up' } as const

function Deliveries({ alert: { deliveries, held = [] } }: { alert: AlertJson }) {
  if (deliveries.length === 0 && held.length === 0) return <p className="none">No policy tells anybody of it.</p>
  return (
    <ul className="deliveries">
      {deliveries.map(({ receiver, state }) => (
        <li key={receiver} data-state={state}>
          <span>{receiver}</span> <span>{stateWords[state]}</span>
        </li>
      ))}
      {held.map(({ policy, reason, at }) => (
        <li key={`held ${policy}`}>
          <span>{policy}</span>{' '}
          <span>
            not at once: {reason}, <Time iso={at} short={true} />
          </span>
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
        <Link href={`/alerts?label=all&sort=time&entity=${encodeURIComponent(alert.entity)}`}>Its whole history</Link>
      </header>
      <AlertList name={`Other alerts of ${alert.entity}`} alerts={others} />
    </section>
  )
}

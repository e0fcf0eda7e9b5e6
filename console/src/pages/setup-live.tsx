// A detector that is live → the line that sends its first event, and word of it when it comes.

import { useState } from 'react'
import { api, type SetupState } from '../api.ts'
import { count, counted, score } from '../format.ts'
import { useStats } from '../live.tsx'
import { Panel } from '../parts/page.tsx'
import { Loading } from '../parts/states.tsx'
import { Link } from '../router.tsx'
import { Trouble } from './setup-parts.tsx'

export function Live({ state }: { state: SetupState }) {
  const stats = useStats().data
  // While it starts again, the numbers are still those of before.
  if (!stats || stats.champion === null) return <Loading what="the detector that starts" lines={3} />
  const { trained } = state
  return (
    <>
      <div className="notice" role="status">
        <div>
          <h2>{stats.detector} is live</h2>
          <p>
            Version {stats.champion} scores every event from now on. Alerts show under{' '}
            <Link href="/alerts">Alerts</Link>; what happens now, under <Link href="/">Now</Link>.
          </p>
        </div>
      </div>
      {trained ? (
        <FirstEvent
          trained={trained}
          needsToken={state.needsToken}
          events={stats.totals.events}
          alerts={stats.totals.alerts}
        />
      ) : null}
      <Panel title="Next">
        <ul className="next">
          <li>
            <b>Who is told:</b> add receivers to <code>notify</code> in tocsin.yaml (mail, chat, webhooks); try them
            under <Link href="/notifications">Notifications</Link>.
          </li>
          <li>
            <b>How many alerts:</b> move the <Link href={`/models/${stats.champion}`}>operating point</Link>; it says
            what it would have done last week.
          </li>
          <li>
            <b>Is it still right:</b> answer alerts, and look at <Link href="/quality">Quality</Link>.
          </li>
        </ul>
      </Panel>
    </>
  )
}

type FirstEventProps = {
  trained: NonNullable<SetupState['trained']>
  needsToken: boolean
  events: number
  alerts: number
}

function FirstEvent({ trained: { example }, needsToken, events, alerts }: FirstEventProps) {
  const [refused, setRefused] = useState<Error | null>(null)
  const [isSent, setSent] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const line = curlLine(example.fields, needsToken)
  const send = () => {
    setRefused(null)
    api
      .sendEvent(example.fields)
      .then(() => setSent(true))
      .catch(setRefused)
  }
  return (
    <Panel title="The first event" note={events === 0 ? 'none yet' : `${counted(events, 'event')} so far`}>
      <Trouble title="Not sent" problem={refused} />
      <p className="setup-words">
        The row of the last period that scores highest ({score(example.score)}), as a program would send it:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <section className="curl" tabIndex={0} aria-label="Command that sends it">
        <pre>
          <code>{line}</code>
        </pre>
      </section>
      <div className="row-actions">
        <button
          type="button"
          className="button"
          onClick={() => void navigator.clipboard.writeText(line).then(() => setCopied(true))}
        >
          {isCopied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button button-strong" disabled={isSent} onClick={send}>
          Send it from here
        </button>
      </div>
      <p className="setup-words" role="status">
        {events === 0
          ? 'Waiting for it.'
          : `It came: ${counted(events, 'event')} scored, ${alerts === 0 ? 'none of them an alert' : `${count(alerts)} of them ${alerts === 1 ? 'an alert' : 'alerts'}`}.`}
      </p>
    </Panel>
  )
}

function curlLine(fields: object, needsToken: boolean): string {
  const body = JSON.stringify(fields).replaceAll("'", "'\\''")
  const token = needsToken ? ' -H "authorization: Bearer $TOCSIN_TOKEN"' : ''
  return `curl ${location.origin}/v1/events${token} -H 'content-type: application/json' -d '${body}'`
}

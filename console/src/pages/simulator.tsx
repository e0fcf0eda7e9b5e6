// Days, and policies other than those that run → who would have been told what, and when; nothing is sent or saved.

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { dayEnd, dayStart } from '../../../src/core/day.ts'
import { api, type SimulateAnswer } from '../api.ts'
import { count, counted } from '../format.ts'
import { useStats } from '../live.tsx'
import { Panel } from '../parts/page.tsx'
import { Await } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'

const weekMs = 6 * 86_400_000
const listed = 200
const example = '{"policies": {"inbox": {"inAll": "20 per hour"}}}'

export function Simulator() {
  const stats = useStats()
  return (
    <Await query={stats} what="the days">
      {({ day, timeZone }) => <Play lastDay={day ?? new Date().toISOString().slice(0, 10)} timeZone={timeZone} />}
    </Await>
  )
}

function Play({ lastDay, timeZone }: { lastDay: string; timeZone: string }) {
  const [to, setTo] = useState(lastDay)
  const [from, setFrom] = useState(new Date(Date.parse(lastDay) - weekMs).toISOString().slice(0, 10))
  const [change, setChange] = useState('')
  const play = useMutation({
    mutationFn: () =>
      api.simulate({
        from: new Date(dayStart(from, timeZone)).toISOString(),
        to: new Date(dayEnd(to, timeZone)).toISOString(),
        limit: listed,
        ...(change.trim() === '' ? {} : { change: parsed(change) }),
      }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    play.mutate()
  }
  return (
    <>
      <Panel title="Who would have been told" note="nothing is sent, nothing is saved">
        <form onSubmit={submit}>
          <div className="form-row">
            <label className="field">
              <span>From day</span>
              <input type="date" required max={to} value={from} onChange={({ target }) => setFrom(target.value)} />
            </label>
            <label className="field">
              <span>To day</span>
              <input type="date" required min={from} value={to} onChange={({ target }) => setTo(target.value)} />
            </label>
            <button type="submit" className="button button-strong" disabled={play.isPending}>
              {play.isPending ? 'Playing…' : 'Play these days'}
            </button>
          </div>
          <details className="change">
            <summary>With other policies than those that run</summary>
            <textarea
              rows={4}
              aria-label="Policies to play, as tocsin.yaml writes them, in JSON"
              placeholder={example}
              value={change}
              onChange={({ target }) => setChange(target.value)}
            />
            <p className="row-note">severity, policies and onCall as tocsin.yaml writes them, in JSON.</p>
          </details>
        </form>
        {play.error ? (
          <p className="label-error" role="alert">
            Not played: {play.error.message}
          </p>
        ) : null}
      </Panel>
      {play.data ? <Played answer={play.data} /> : null}
    </>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`the policies are not JSON; expected such as ${example}`, { cause })
  }
}

function Played({ answer }: { answer: SimulateAnswer }) {
  const { alerts, messages, omitted, receivers, held } = answer
  const sum = receivers.reduce((total, receiver) => total + receiver.messages, 0)
  return (
    <>
      <Tiles>
        <Tile name="Alerts" value={count(alerts)} />
        <Tile name="Messages" value={count(sum)} note={`to ${counted(receivers.length, 'receiver')}`} />
        <Tile
          name="Busiest hour"
          value={count(Math.max(0, ...receivers.map(({ busiestHour }) => busiestHour)))}
          note="messages to one receiver"
        />
        <Tile
          name="Not told at once"
          value={count(held.reduce((total, each) => total + each.alerts, 0))}
          note={held.map(({ policy, reason, alerts: of }) => `${policy}: ${count(of)} ${reason}`).join(', ') || 'none'}
        />
      </Tiles>
      <Panel title="By receiver">
        <table className="told">
          <thead>
            <tr>
              <th scope="col">Receiver</th>
              <th scope="col" className="wide">
                What it does
              </th>
              <th scope="col" className="number">
                Messages
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.policies.map(({ name, sentence }) => (
              <tr key={name}>
                <th scope="row">
                  <b>{name}</b>
                </th>
                <td className="wide">{sentence}</td>
                <td className="number">{count(receivers.find((of) => of.receiver === name)?.messages ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel
        title="Message by message"
        note={omitted > 0 ? `the first ${count(messages.length)} of ${count(messages.length + omitted)}` : null}
      >
        {messages.length === 0 ? (
          <p className="none">Nobody would have been told anything.</p>
        ) : (
          <Messages messages={messages} />
        )}
      </Panel>
    </>
  )
}

function Messages({ messages }: { messages: SimulateAnswer['messages'] }) {
  return (
    <table className="told">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Receiver</th>
          <th scope="col">Kind</th>
          <th scope="col" className="wide">
            Message
          </th>
        </tr>
      </thead>
      <tbody>
        {messages.map(({ at, receiver, kind, subject, alertId }) => (
          <tr key={`${at} ${receiver} ${kind} ${alertId ?? subject}`}>
            <td>
              <Time iso={at} />
            </td>
            <th scope="row">{receiver}</th>
            <td data-kind={kind}>{kind}</td>
            <td className="wide">
              {alertId === null ? subject : <Link href={`/alerts/${encodeURIComponent(alertId)}`}>{subject}</Link>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

// One day's summary → its story in the console's own look, with the alerts to label and the fixed page to open.

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { heldWords } from '../../../src/core/held.ts'
import { api, type DaySummary } from '../api.ts'
import { besideDay, count, counted, longDay, money, percent, shortDay } from '../format.ts'
import { AlertKeysHint, AlertList } from '../parts/alert-list.tsx'
import { Downloads, tableFiles } from '../parts/downloads.tsx'
import { Hours } from '../parts/hours.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { ScoreHistogram } from '../parts/score-histogram.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { BackLink, Link } from '../router.tsx'
import { DayCompare } from './day-compare.tsx'
import { useDayNow } from './day-now.ts'
import './days.css'

export function DayPage({ day }: { day: string }) {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day))
  const query = useQuery({
    queryKey: ['day', day],
    queryFn: ({ signal }) => api.day(day, signal),
    enabled: isDay,
    refetchInterval: ({ state }) => (state.data?.isClosed ? false : 5_000),
  })
  return (
    <Page
      title={isDay ? longDay(day) : 'No such day'}
      lead={query.data ? lead(query.data) : null}
      back={<BackLink href="/days">Days</BackLink>}
      actions={isDay ? <DayActions day={day} isClosed={query.data?.isClosed ?? false} /> : null}
    >
      {isDay ? (
        <Await query={query} what="this day" lines={6}>
          {(summary) => <DaySummaryView summary={summary} />}
        </Await>
      ) : (
        <Empty title={`${day} is not a day`}>
          <p>Days are written like 2026-11-22.</p>
        </Empty>
      )}
    </Page>
  )
}

function lead({ isClosed, detector, timeZone }: DaySummary): string {
  return `${isClosed ? 'Closed: its fixed page never changes again, the labels here are those of now.' : 'Open: the numbers still grow.'} ${detector}, ${timeZone}.`
}

function DayActions({ day, isClosed }: { day: string; isClosed: boolean }) {
  const days = useQuery({ queryKey: ['days'], queryFn: ({ signal }) => api.days(signal) })
  const beside = (step: 1 | -1) => {
    const other = besideDay(day, step)
    return days.data?.days.some((each) => each.day === other) ? other : null
  }
  return (
    <nav className="day-actions" aria-label="Days">
      <Beside day={beside(-1)} icon="back" name="Day before" />
      <Beside day={beside(1)} icon="forward" name="Day after" />
      {isClosed ? (
        <a className="button" href={`/reports/${day}`} target="_blank" rel="noreferrer">
          <Icon name="page" />
          Fixed page
        </a>
      ) : null}
      <Downloads
        files={[
          { href: `/reports/${day}/pdf`, name: 'PDF', what: 'The day’s page' },
          ...tableFiles('/v1/alerts', 'Alerts', `?day=${day}`),
          ...tableFiles(`/v1/reports/${day}/decisions`, 'Decisions'),
          ...tableFiles(`/v1/reports/${day}/minutes`, 'Minutes'),
        ]}
      />
    </nav>
  )
}

function Beside({ day, icon, name }: { day: string | null; icon: 'back' | 'forward'; name: string }) {
  if (day === null) return null
  return (
    <Link className="button button-icon" href={`/days/${day}`} aria-label={`${name}: ${shortDay(day)}`}>
      <Icon name={icon} />
    </Link>
  )
}

function DaySummaryView({ summary: stored }: { summary: DaySummary }) {
  const summary = useDayNow(stored)
  return (
    <>
      <p className="story">{story(summary)}</p>
      <DayTiles summary={summary} />
      <div className="pair">
        <Panel title="By hour" note={summary.timeZone}>
          <Hours eventsByHour={summary.eventsByHour} alertsByHour={summary.alertsByHour} />
        </Panel>
        <Panel title="Scores">
          <ScoreHistogram histogram={summary.scoreHistogram} />
        </Panel>
      </div>
      <TopAlerts summary={summary} />
      <DayCompare summary={summary} />
      <div className="pair">
        <Panel title="Strongest reasons">
          <StrongestReasons summary={summary} />
        </Panel>
        <Panel title="Of the system itself">
          <Housekeeping summary={summary} />
        </Panel>
      </div>
    </>
  )
}

function story({ events, alerts, amountAtRisk, labels }: DaySummary): string {
  if (events === 0) return 'No event fell on this day.'
  if (alerts === 0) return `${counted(events, 'event')}, and none of them alerted.`
  const risk = amountAtRisk === null ? '' : ` ${money(amountAtRisk)} was at risk.`
  return `${counted(alerts, 'alert')} among ${counted(events, 'event')}, one in ${count(events / alerts)}.${risk} ${answers(labels)}`
}

function answers({ anomaly, normal, unlabelled }: DaySummary['labels']): string {
  if (anomaly + normal === 0) return 'Nobody has reviewed them yet.'
  const rest =
    unlabelled === 0 ? 'none is left' : `${count(unlabelled)} ${unlabelled === 1 ? 'is' : 'are'} left to review`
  return `People found ${counted(anomaly, 'anomaly').replace('anomalys', 'anomalies')} and ${count(normal)} normal; ${rest}.`
}

function DayTiles({ summary: { day, events, amount, alerts, amountAtRisk, labels } }: { summary: DaySummary }) {
  const { precision } = labels
  return (
    <Tiles>
      <Tile name="Events" value={count(events)} note={amount === null ? undefined : `${money(amount)} in all`} />
      <Tile name="Alerts" value={count(alerts)} {...(alerts > 0 ? { tone: 'alarm' as const } : {})} />
      {amountAtRisk === null ? null : <Tile name="Money at risk" value={money(amountAtRisk)} />}
      <Tile
        name="Precision so far"
        value={precision ? percent(precision.value) : '–'}
        note={precision ? `${percent(precision.low)}–${percent(precision.high)}` : 'after the first answer'}
      />
      <Tile
        name="To review"
        value={labels.unlabelled === 0 ? '0' : <Link href={`/alerts?day=${day}`}>{count(labels.unlabelled)}</Link>}
        note={`${count(labels.anomaly)} anomaly, ${count(labels.normal)} normal`}
      />
    </Tiles>
  )
}

function TopAlerts({ summary }: { summary: DaySummary }) {
  if (summary.topAlerts.length === 0) return null
  return (
    <section className="section" aria-label="Top alerts">
      <header className="section-head">
        <h2>Top alerts</h2>
        <AlertKeysHint />
        <Link href={`/alerts?day=${summary.day}&label=all`}>All {counted(summary.alerts, 'alert')}</Link>
      </header>
      <AlertList name="Top alerts" alerts={summary.topAlerts} />
    </section>
  )
}

function StrongestReasons({ summary: { strongestReasons, alerts } }: { summary: DaySummary }) {
  if (strongestReasons.length === 0) return <p className="none">No alert, no reason.</p>
  return (
    <table className="reasons-table">
      <caption className="unseen">In how many alerts each feature was among the three strongest reasons</caption>
      <tbody>
        {strongestReasons.map((reason) => (
          <tr key={reason.feature}>
            <th scope="row">
              {reason.feature}
              <small>{reason.example}</small>
            </th>
            <td className="number">
              {count(reason.alerts)} of {count(alerts)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Housekeeping({ summary }: { summary: DaySummary }) {
  const { lateArrivals, deadLetters, held, modelVersions, skippedDays } = summary
  const late = lateArrivals.map(({ day, events }) => `${count(events)} for ${shortDay(day)}`)
  return (
    <dl className="facts">
      <Fact name="Decided by">{modelVersions.length === 0 ? 'nobody' : `version ${modelVersions.join(', ')}`}</Fact>
      <Fact name="Dead letters">
        {deadLetters === 0 ? 'none' : <Link href="/dead-letters">{count(deadLetters)}</Link>}
      </Fact>
      <Fact name="Late arrivals">{late.length === 0 ? 'none' : late.join('; ')}</Fact>
      {held.length === 0 ? null : (
        <Fact name="Held back">
          {held.map(({ policy, reason, alerts }) => (
            <span key={`${policy} ${reason}`} className="fact-line">
              {policy}: {counted(alerts, 'alert')} {heldWords[reason]}
            </span>
          ))}
        </Fact>
      )}
      {skippedDays ? (
        <Fact name="Before this day">
          {skippedDays.days === 1
            ? shortDay(skippedDays.from)
            : `${shortDay(skippedDays.from)} to ${shortDay(skippedDays.to)}`}
          : no event, no page
        </Fact>
      ) : null}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

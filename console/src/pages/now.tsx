// The live numbers of the detector → what happens now, and where nothing does, why.

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, type Stats } from '../api.ts'
import { count, counted, longDay, money } from '../format.ts'
import { useLive, useNewestAlerts, useStats } from '../live.tsx'
import { AlertKeysHint, AlertList } from '../parts/alert-list.tsx'
import { Hours } from '../parts/hours.tsx'
import { LastHour } from '../parts/last-hour.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Sparkline, Tile, Tiles } from '../parts/tile.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import { Quiet } from './quiet.tsx'

const shown = 20

export function NowPage() {
  const stats = useStats()
  return (
    <Page title="Now" lead={<Lead stats={stats.data} />}>
      <Await query={stats} what="the live numbers" lines={2}>
        {(data) => (
          <>
            <QuietWhenSilent stats={data} />
            <LiveTiles stats={data} />
            <div className="pair">
              <LastHour stats={data} />
              <Today day={data.day} />
            </div>
          </>
        )}
      </Await>
      <NewestAlerts />
    </Page>
  )
}

function Lead({ stats }: { stats: Stats | undefined }) {
  if (!stats?.watermark) return null
  return (
    <>
      Stream time <Time iso={stats.watermark} />, {stats.timeZone}
    </>
  )
}

function LiveTiles({ stats }: { stats: Stats }) {
  const rates = useLive((state) => state.rates)
  const { today, totals } = stats
  return (
    <Tiles>
      <Tile name="Events a second" value={count(stats.eventsPerSecond)}>
        <Sparkline values={rates} />
      </Tile>
      <Tile name="Events today" value={count(today.events)} note={`${count(totals.events)} in all`} />
      <Tile
        name="Alerts today"
        value={count(today.alerts)}
        note={`${count(totals.alerts)} in all`}
        {...(today.alerts > 0 ? { tone: 'alarm' as const } : {})}
      />
      {today.amountAtRisk === null ? null : (
        <Tile name="Money at risk today" value={money(today.amountAtRisk)} note="sum of alerting amounts" />
      )}
      <Tile
        name="Lag"
        value={count(stats.lag)}
        note={stats.lag === 0 ? 'nothing waits' : 'events wait for a decision'}
      />
      <Health stats={stats} />
    </Tiles>
  )
}

function Health({ stats: { totals, champion } }: { stats: Stats }) {
  const { dead, pending } = totals.deliveries
  const troubles = [
    champion === null && { href: '/models', text: 'no champion' },
    totals.deadLetters > 0 && { href: '/stream', text: counted(totals.deadLetters, 'dead letter') },
    dead > 0 && { href: '/notifications?tab=deliveries&state=dead', text: `${counted(dead, 'message')} given up` },
  ].filter((trouble) => trouble !== false)
  return (
    <Tile
      name="Health"
      value={troubles.length === 0 ? 'Good' : counted(troubles.length, 'trouble')}
      isWords={true}
      note={
        <ul>
          {troubles.map(({ href, text }) => (
            <li key={href}>
              <Link href={href}>{text}</Link>
            </li>
          ))}
          <li>{pending === 0 ? 'all messages sent' : `${counted(pending, 'message')} to send`}</li>
        </ul>
      }
    />
  )
}

const silentAfterMs = 5_000

// Says so when nothing comes in: at once where nothing ever can, after some seconds where the stream has paused.
function QuietWhenSilent({ stats }: { stats: Stats }) {
  const connection = useLive((state) => state.connection)
  const lastEventAt = useLive((state) => state.lastEventAt)
  const [isPaused, setPaused] = useState(false)
  useEffect(() => {
    setPaused(false)
    const timer = setTimeout(() => setPaused(true), Math.max(0, lastEventAt + silentAfterMs - Date.now()))
    return () => clearTimeout(timer)
  }, [lastEventAt])
  return <Quiet stats={stats} isPaused={isPaused && stats.eventsPerSecond === 0} isLost={connection === 'lost'} />
}

function Today({ day }: { day: string | null }) {
  const summary = useQuery({
    queryKey: ['day', day],
    queryFn: ({ signal }) => api.day(day ?? '', signal),
    enabled: day !== null,
    refetchInterval: 3_000,
    // Midnight in a fast replay: the day before stays until the new one is here.
    placeholderData: (previous) => previous,
  })
  if (day === null) return null
  return (
    <Panel title="Today by hour" note={<Link href={`/days/${day}`}>{longDay(day)}</Link>}>
      <Await query={summary} what="today by hour">
        {(data) => <Hours eventsByHour={data.eventsByHour} alertsByHour={data.alertsByHour} />}
      </Await>
    </Panel>
  )
}

function NewestAlerts() {
  const newest = useNewestAlerts()
  return (
    <section className="section" aria-label="Newest alerts">
      <header className="section-head">
        <h2>Newest alerts</h2>
        <AlertKeysHint />
        <Link href="/alerts">All to review</Link>
      </header>
      <Await query={newest} what="the newest alerts" lines={4}>
        {({ alerts }) =>
          alerts.length === 0 ? <NoAlert /> : <AlertList name="Newest alerts" alerts={alerts.slice(0, shown)} />
        }
      </Await>
    </section>
  )
}

function NoAlert() {
  return (
    <Empty title="No alert yet">
      <p>Each event whose score reaches the threshold appears here the moment it is decided.</p>
    </Empty>
  )
}

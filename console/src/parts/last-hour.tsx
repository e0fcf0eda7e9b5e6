// The stream's last sixty minutes (event time) → bars by minute.

import { useQuery } from '@tanstack/react-query'
import { api, type Rollup, type Stats } from '../api.ts'
import { counted, minuteClock } from '../format.ts'
import { type Bar, Bars } from './bars.tsx'
import { Panel } from './page.tsx'
import { Await } from './states.tsx'

const minuteMs = 60_000
const minutes = 60

export function LastHour({ stats }: { stats: Stats }) {
  const to = stats.watermark === null ? null : Math.floor(Date.parse(stats.watermark) / minuteMs + 1) * minuteMs
  const rollups = useQuery({
    queryKey: ['rollups', 'last hour'],
    queryFn: async ({ signal }) => {
      const end = to ?? 0
      return { end, minutes: await api.rollups(end - minutes * minuteMs, end, signal) }
    },
    enabled: to !== null,
    refetchInterval: 2_000,
  })
  if (to === null) return null
  return (
    <Panel title="Last hour" note="stream time, by minute">
      <Await query={rollups} what="the last hour">
        {(data) => {
          const bars = barsOf(data.minutes, data.end, stats.timeZone)
          return <Bars bars={bars} unit="minute" sentence={sentence(bars)} />
        }}
      </Await>
    </Panel>
  )
}

// One bar a minute, whatever models decided in it.
function barsOf(rollups: readonly Rollup[], end: number, timeZone: string): Bar[] {
  const byMinute = new Map<number, { events: number; alerts: number }>()
  for (const { minute, events, alerts } of rollups) {
    const at = Date.parse(minute)
    const held = byMinute.get(at)
    byMinute.set(at, { events: events + (held?.events ?? 0), alerts: alerts + (held?.alerts ?? 0) })
  }
  return Array.from({ length: minutes }, (_, i) => {
    const at = end - (minutes - i) * minuteMs
    const name = minuteClock(at, timeZone)
    return { name, ...(i % 15 === 0 ? { tick: name } : {}), ...(byMinute.get(at) ?? { events: 0, alerts: 0 }) }
  })
}

function sentence(bars: readonly Bar[]): string {
  const sum = (of: 'events' | 'alerts') => bars.reduce((total, bar) => total + bar[of], 0)
  return `${counted(sum('events'), 'event')} and ${counted(sum('alerts'), 'alert')} in the last sixty minutes.`
}

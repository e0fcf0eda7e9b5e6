// A day's counts by hour → the bars with their sentence.

import { counted } from '../format.ts'
import { type Bar, Bars } from './bars.tsx'

const hourName = (hour: number): string =>
  `${String(hour).padStart(2, '0')}:00–${String((hour + 1) % 24).padStart(2, '0')}:00`

export function Hours({
  eventsByHour,
  alertsByHour,
}: {
  eventsByHour: readonly number[]
  alertsByHour: readonly number[]
}) {
  const bars = eventsByHour.map((events, hour): Bar => {
    const bar = { name: hourName(hour), events, alerts: alertsByHour[hour] ?? 0 }
    return hour % 6 === 0 ? { ...bar, tick: `${String(hour).padStart(2, '0')}:00` } : bar
  })
  return <Bars bars={bars} unit="hour" sentence={sentence(bars)} />
}

function sentence(bars: readonly Bar[]): string {
  const alerts = bars.reduce((sum, bar) => sum + bar.alerts, 0)
  if (alerts === 0) return 'No hour had an alert.'
  const worst = bars.reduce((best, bar) => (bar.alerts > best.alerts ? bar : best))
  return `Most alerts fell between ${worst.name.replace('–', ' and ')}: ${counted(worst.alerts, 'alert')} of ${counted(alerts, 'alert').replace(/ .*/, '')}.`
}

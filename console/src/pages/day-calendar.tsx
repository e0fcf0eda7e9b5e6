// The days that have a page → a calendar, a row a week: alerts drawn in each day, and the week's own page beside it.

import type { DayList } from '../api.ts'
import { count, counted, longDay } from '../format.ts'
import { Panel } from '../parts/page.tsx'
import { Link } from '../router.tsx'
import { type Week, weeksOf } from './calendar.ts'

type Day = DayList['days'][number]

/** A quarter and a bit: older weeks are in the list. */
const shownWeeks = 14

export function DayCalendar({ days }: { days: readonly Day[] }) {
  const byDay = new Map(days.map((day) => [day.day, day]))
  const most = Math.max(1, ...days.map(({ alerts }) => alerts))
  return (
    <Panel title="Calendar" note="alerts a day">
      <table className="calendar">
        <caption className="unseen">Alerts of each day, a row a week, from Monday to Sunday</caption>
        <tbody>
          {weeksOf([...byDay.keys()], shownWeeks).map((week) => (
            <WeekRow key={week.name} week={week} byDay={byDay} most={most} />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

type WeekRowProps = { week: Week; byDay: ReadonlyMap<string, Day>; most: number }

function WeekRow({ week, byDay, most }: WeekRowProps) {
  const found = week.days.flatMap((day) => byDay.get(day) ?? [])
  const alerts = found.reduce((sum, day) => sum + day.alerts, 0)
  return (
    <tr>
      <th scope="row">
        {found.some(({ isClosed }) => isClosed) ? (
          <a href={`/reports/periods/${week.name}`} target="_blank" rel="noreferrer">
            {week.name}
          </a>
        ) : (
          week.name
        )}
        <small>{counted(alerts, 'alert')}</small>
      </th>
      {week.days.map((day) => (
        <td key={day}>
          <DayCell name={day} day={byDay.get(day)} most={most} />
        </td>
      ))}
    </tr>
  )
}

function DayCell({ name, day, most }: { name: string; day: Day | undefined; most: number }) {
  const number = Number(name.slice(8))
  if (!day) return <span className="calendar-day">{number}</span>
  const label = `${longDay(name)}: ${counted(day.alerts, 'alert')}${day.isClosed ? '' : ', still open'}`
  return (
    <Link className="calendar-day" href={`/days/${name}`} data-open={!day.isClosed}>
      <span className="unseen">{label}</span>
      <span aria-hidden="true">{number}</span>
      <b aria-hidden="true">{count(day.alerts)}</b>
      <span className="calendar-bar" aria-hidden="true" style={{ inlineSize: `${(100 * day.alerts) / most}%` }} />
    </Link>
  )
}

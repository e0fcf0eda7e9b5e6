// The days that were and the one that is → a list, newest first, to open.

import { useQuery } from '@tanstack/react-query'
import { api, type DayList } from '../api.ts'
import { count, shortDay } from '../format.ts'
import { Downloads, tableFiles } from '../parts/downloads.tsx'
import { Page } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Link } from '../router.tsx'
import { DayCalendar } from './day-calendar.tsx'
import './days.css'

export function DaysPage() {
  const query = useQuery({ queryKey: ['days'], queryFn: ({ signal }) => api.days(signal), refetchInterval: 10_000 })
  return (
    <Page
      title="Days"
      lead="A day closes when the stream has passed its end; from then on its page never changes."
      actions={
        <Downloads files={[...tableFiles('/v1/reports', 'Closed days'), ...tableFiles('/v1/labels', 'Every label')]} />
      }
    >
      <Await query={query} what="the days" lines={5}>
        {(list) => (list.days.length === 0 ? <NoDay /> : <AllDays list={list} />)}
      </Await>
    </Page>
  )
}

function AllDays({ list }: { list: DayList }) {
  return (
    <>
      <DayCalendar days={list.days} />
      <DayTable list={list} />
    </>
  )
}

function NoDay() {
  return (
    <Empty title="No day yet">
      <p>The first one begins with the first event.</p>
    </Empty>
  )
}

function DayTable({ list }: { list: DayList }) {
  const days = [...list.days].sort((a, b) => (a.day < b.day ? 1 : -1))
  const most = Math.max(1, ...days.map(({ alerts }) => alerts))
  return (
    <table className="table days">
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col" className="number">
            Events
          </th>
          <th scope="col" className="number">
            Alerts
          </th>
          <th scope="col" className="wide">
            <span className="unseen">Alerts, drawn</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, events, alerts, isClosed }) => (
          <tr key={day}>
            <th scope="row" className="day">
              <Link href={`/days/${day}`}>{shortDay(day)}</Link>
              {isClosed ? null : <small>{day === list.open ? 'today, still open' : 'still open'}</small>}
            </th>
            <td className="number">{count(events)}</td>
            <td className="number">{count(alerts)}</td>
            <td className="wide" aria-hidden="true">
              <span className="day-bar" style={{ inlineSize: `${(100 * alerts) / most}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

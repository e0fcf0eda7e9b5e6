// A day and another one of the reader's choice → their figures side by side; the other lies in the address.

import { useQuery } from '@tanstack/react-query'
import { api, type DaySummary } from '../api.ts'
import { count, money, percent, shortDay } from '../format.ts'
import { Panel } from '../parts/page.tsx'
import { Await } from '../parts/states.tsx'
import { useQueryParams } from '../router.tsx'

const weekMs = 7 * 86_400_000

export function DayCompare({ summary }: { summary: DaySummary }) {
  const [params, change] = useQueryParams()
  const list = useQuery({ queryKey: ['days'], queryFn: ({ signal }) => api.days(signal) })
  const others = (list.data?.days ?? []).map(({ day }) => day).filter((day) => day !== summary.day)
  const other = otherDay(params.get('with'), summary.day, others)
  if (other === undefined) return null
  return (
    <Panel title="Against another day">
      <label className="compare-choice">
        <span>Compared with</span>
        <select value={other} onChange={(event) => change('with', event.target.value)}>
          {others.map((day) => (
            <option key={day} value={day}>
              {shortDay(day)}
            </option>
          ))}
        </select>
      </label>
      <Compared key={other} summary={summary} other={other} />
    </Panel>
  )
}

// The same weekday of the week before is the fairest; where there is none, the day before.
function otherDay(wanted: string | null, day: string, others: readonly string[]): string | undefined {
  if (wanted !== null && others.includes(wanted)) return wanted
  const weekBefore = new Date(Date.parse(day) - weekMs).toISOString().slice(0, 10)
  return others.includes(weekBefore) ? weekBefore : (others.find((each) => each < day) ?? others[0])
}

function Compared({ summary, other }: { summary: DaySummary; other: string }) {
  const query = useQuery({ queryKey: ['day', other], queryFn: ({ signal }) => api.day(other, signal) })
  return (
    <Await query={query} what="the other day" lines={3}>
      {(held) => <CompareTable these={summary} those={held} />}
    </Await>
  )
}

const figures: readonly { name: string; of: (day: DaySummary) => string }[] = [
  { name: 'Events', of: ({ events }) => count(events) },
  { name: 'Alerts', of: ({ alerts }) => count(alerts) },
  { name: 'Alerts among events', of: ({ alerts, events }) => (events > 0 ? percent(alerts / events) : '–') },
  { name: 'Money at risk', of: ({ amountAtRisk }) => (amountAtRisk === null ? '–' : money(amountAtRisk)) },
  { name: 'Precision so far', of: ({ labels: { precision } }) => (precision ? percent(precision.value) : '–') },
  { name: 'Dead letters', of: ({ deadLetters }) => count(deadLetters) },
]

function CompareTable({ these, those }: { these: DaySummary; those: DaySummary }) {
  return (
    <table className="reasons-table compare-table">
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">Figure</span>
          </th>
          <th scope="col" className="number">
            {shortDay(these.day)}
          </th>
          <th scope="col" className="number">
            {shortDay(those.day)}
          </th>
        </tr>
      </thead>
      <tbody>
        {figures.map(({ name, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="number">{of(these)}</td>
            <td className="number">{of(those)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

// The queue: alerts by day and answer, filters in the address, newest first, more on demand.

import { type InfiniteData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type AlertFilter, type AlertJson, type AlertList as AlertListJson, api } from '../api.ts'
import { counted, shortDay } from '../format.ts'
import { useNewestAlerts, useStats } from '../live.tsx'
import { AlertKeysHint, AlertList } from '../parts/alert-list.tsx'
import { Page } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { useQueryParams } from '../router.tsx'
import './alerts.css'

const pageLength = 50

const states = [
  { value: 'none', name: 'To review' },
  { value: 'anomaly', name: 'Anomaly' },
  { value: 'normal', name: 'Normal' },
  { value: 'all', name: 'All' },
] as const
type State = (typeof states)[number]['value']

export function AlertsPage() {
  const [params, change] = useQueryParams()
  const state = states.find(({ value }) => value === params.get('label'))?.value ?? 'none'
  const day = params.get('day')
  return (
    <Page
      title="Alerts"
      lead="Each answer is a label: it measures this model and teaches the next."
      actions={<AlertKeysHint />}
    >
      <div className="filters">
        <StateFilter state={state} onChange={(value) => change('label', value === 'none' ? null : value)} />
        <DayFilter day={day} onChange={(value) => change('day', value)} />
      </div>
      <Queue key={`${state} ${day}`} filter={{ day, label: state === 'all' ? null : state }} />
    </Page>
  )
}

function StateFilter({ state, onChange }: { state: State; onChange: (state: State) => void }) {
  return (
    <fieldset className="segments">
      <legend className="unseen">Label</legend>
      {states.map(({ value, name }) => (
        <label key={value}>
          <input type="radio" name="label" value={value} checked={value === state} onChange={() => onChange(value)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  )
}

function DayFilter({ day, onChange }: { day: string | null; onChange: (day: string | null) => void }) {
  const days = useQuery({ queryKey: ['days'], queryFn: ({ signal }) => api.days(signal) })
  const known = days.data?.days.map((each) => each.day) ?? []
  // A day from the address stays choosable even if the list does not know it (yet).
  const options = day && !known.includes(day) ? [day, ...known] : known
  return (
    <label className="select">
      <span>Day</span>
      <select value={day ?? ''} onChange={(event) => onChange(event.target.value || null)}>
        <option value="">All days</option>
        {options.map((each) => (
          <option key={each} value={each}>
            {shortDay(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Queue({ filter }: { filter: AlertFilter }) {
  const query = useInfiniteQuery({
    queryKey: ['alerts', filter],
    queryFn: ({ pageParam, signal }) => api.alerts({ ...filter, limit: pageLength, before: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // The list stands still under the reader's hands: what is labelled stays in place, what is new waits behind a
    // button. Whoever looks into an alert and comes back within a minute finds it as it was.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const fresh = useFresh(filter, query.data)
  return (
    <Await query={query} what="the alerts" lines={6}>
      {({ pages }) => {
        const alerts = pages.flatMap((page) => page.alerts)
        return (
          <>
            {fresh > 0 ? (
              <button type="button" className="fresh" onClick={() => void query.refetch()}>
                Show {fresh >= pageLength ? `${pageLength} or more new alerts` : counted(fresh, 'new alert')}
              </button>
            ) : null}
            <h2 className="unseen">{counted(alerts.length, 'alert')} listed</h2>
            {alerts.length === 0 ? <NothingHere filter={filter} /> : <AlertList name="Alerts" alerts={alerts} />}
            {query.hasNextPage ? (
              <button
                type="button"
                className="button more"
                disabled={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {query.isFetchingNextPage ? 'Loading…' : 'Show older alerts'}
              </button>
            ) : null}
          </>
        )
      }}
    </Await>
  )
}

// How many alerts that belong here came in after the list was read.
function useFresh(filter: AlertFilter, held: InfiniteData<AlertListJson> | undefined): number {
  const newest = useNewestAlerts().data?.alerts ?? []
  const today = useStats().data?.day ?? null
  if (!held || (filter.label && filter.label !== 'none') || (filter.day && filter.day !== today)) return 0
  const listed = new Set(held.pages.flatMap((page) => page.alerts.map(({ id }) => id)))
  const head = held.pages[0]?.alerts[0]
  const isFresh = (alert: AlertJson) =>
    !listed.has(alert.id) && alert.label === null && (!head || alert.eventTime >= head.eventTime)
  return newest.filter(isFresh).length
}

function NothingHere({ filter }: { filter: AlertFilter }) {
  if (filter.label === 'none')
    return (
      <Empty title={filter.day ? 'Nothing left to review on this day' : 'Nothing left to review'}>
        <p>New alerts announce themselves here.</p>
      </Empty>
    )
  return (
    <Empty title="No alert fits these filters">
      <p>Choose another day or label.</p>
    </Empty>
  )
}

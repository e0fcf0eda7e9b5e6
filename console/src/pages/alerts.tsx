// The queue: alerts by answer, day and entity, filters in the address, what costs most first, more on demand.

import { type InfiniteData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react'
import {
  type AlertFilter,
  type AlertJson,
  type AlertList as AlertListJson,
  type AlertSort,
  api,
  queryOf,
} from '../api.ts'
import { counted, shortDay } from '../format.ts'
import { useNewestAlerts, useStats } from '../live.tsx'
import { AlertKeysHint, AlertList } from '../parts/alert-list.tsx'
import { Downloads, tableFiles } from '../parts/downloads.tsx'
import { ManyBar } from '../parts/many-bar.tsx'
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

const sorts = [
  { value: 'loss', name: 'Expected loss' },
  { value: 'score', name: 'Score' },
  { value: 'time', name: 'Newest' },
] as const

export function AlertsPage() {
  const [params, change] = useQueryParams()
  const state = states.find(({ value }) => value === params.get('label'))?.value ?? 'none'
  const sort = sorts.find(({ value }) => value === params.get('sort'))?.value ?? 'loss'
  const day = params.get('day')
  const entity = params.get('entity')
  return (
    <Page
      title="Alerts"
      lead="Each answer is a label: it measures this model and teaches the next."
      actions={<AlertKeysHint />}
    >
      <div className="filters">
        <StateFilter state={state} onChange={(value) => change('label', value === 'none' ? null : value)} />
        <SortChoice sort={sort} onChange={(value) => change('sort', value === 'loss' ? null : value)} />
        <DayFilter day={day} onChange={(value) => change('day', value)} />
        <EntityFilter key={entity} entity={entity} onChange={(value) => change('entity', value)} />
        <Downloads
          files={tableFiles(
            '/v1/alerts',
            'These alerts',
            queryOf({ day, entity, label: state === 'all' ? null : state }),
          )}
        />
      </div>
      <Queue
        key={`${state} ${sort} ${day} ${entity}`}
        filter={{ day, entity, sort, label: state === 'all' ? null : state }}
      />
    </Page>
  )
}

function SortChoice({ sort, onChange }: { sort: AlertSort; onChange: (sort: AlertSort) => void }) {
  return (
    <label className="select">
      <span>Sort by</span>
      <select
        value={sort}
        title="Expected loss: score × amount; the score alone where there is no amount"
        onChange={({ target }) => onChange(sorts.find(({ value }) => value === target.value)?.value ?? 'loss')}
      >
        {sorts.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

function EntityFilter({ entity, onChange }: { entity: string | null; onChange: (entity: string | null) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onChange(String(new FormData(event.currentTarget).get('entity')).trim() || null)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: the element search is not known to every browser yet.
    <form className="find" role="search" onSubmit={submit}>
      <input
        type="search"
        name="entity"
        aria-label="Entity"
        placeholder="Find an entity"
        defaultValue={entity ?? ''}
        onChange={({ target }) => (target.value === '' && entity !== null ? onChange(null) : undefined)}
      />
    </form>
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
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback(
    (id: string) =>
      setIds((held) => (held.has(id) ? new Set([...held].filter((of) => of !== id)) : new Set(held).add(id))),
    [],
  )
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
            {alerts.length === 0 ? (
              <NothingHere filter={filter} />
            ) : (
              <>
                <ManyBar alerts={alerts} ids={ids} onChange={setIds} />
                <AlertList name="Alerts" alerts={alerts} choice={{ ids, toggle }} />
              </>
            )}
            {query.hasNextPage ? (
              <More isLoading={query.isFetchingNextPage} load={() => void query.fetchNextPage()} />
            ) : null}
          </>
        )
      }}
    </Await>
  )
}

// Loads by itself before the reader comes to the end; a press does, too.
function More({ isLoading, load }: { isLoading: boolean; load: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!button.current || isLoading) return
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && load(), { rootMargin: '900px' })
    observer.observe(button.current)
    return () => observer.disconnect()
  }, [isLoading, load])
  return (
    <button ref={button} type="button" className="button more" disabled={isLoading} onClick={load}>
      {isLoading ? 'Loading…' : 'Show more alerts'}
    </button>
  )
}

/** What the queue is sorted by, as the server has it. */
const keyOf: Readonly<Record<AlertSort, (alert: AlertJson) => number>> = {
  loss: ({ score, amount }) => score * (amount ?? 1),
  score: ({ score }) => score,
  time: ({ eventTime }) => Date.parse(eventTime),
}

// How many alerts that would stand within the list came in after it was read.
function useFresh({ label, day, entity, sort = 'loss' }: AlertFilter, held: InfiniteData<AlertListJson> | undefined) {
  const newest = useNewestAlerts().data?.alerts ?? []
  const today = useStats().data?.day ?? null
  if (!held || (label && label !== 'none') || (day && day !== today)) return 0
  const alerts = held.pages.flatMap((page) => page.alerts)
  const listed = new Set(alerts.map(({ id }) => id))
  const last = held.pages.at(-1)?.next ? alerts.at(-1) : undefined
  const key = keyOf[sort]
  return newest.filter(
    (alert) =>
      !listed.has(alert.id) &&
      alert.label === null &&
      (!entity || alert.entity === entity) &&
      (!last || key(alert) >= key(last)),
  ).length
}

function NothingHere({ filter }: { filter: AlertFilter }) {
  if (filter.entity)
    return (
      <Empty title={`No alert of ${filter.entity} fits these filters`}>
        <p>Entities are found by their whole name. Choose another day or label, or clear the field.</p>
      </Empty>
    )
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

// Messages to receivers → each with its fate; those that were given up can be tried anew.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type DeliveryJson } from '../api.ts'
import { count, counted } from '../format.ts'
import { useStats } from '../live.tsx'
import { Panel } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link, useQueryParams } from '../router.tsx'

const states = [
  { value: null, name: 'All' },
  { value: 'dead', name: 'Given up' },
  { value: 'pending', name: 'To be sent' },
  { value: 'sent', name: 'Sent' },
] as const

export function Deliveries() {
  const [params, change] = useQueryParams()
  const state = states.find(({ value }) => value === params.get('state'))?.value ?? null
  const query = useQuery({
    queryKey: ['deliveries', state],
    queryFn: ({ signal }) => api.deliveries(state, signal),
    refetchInterval: 5_000,
  })
  const totals = useStats().data?.totals.deliveries
  return (
    <>
      <fieldset className="segments segments-own">
        <legend className="unseen">State</legend>
        {states.map(({ value, name }) => (
          <label key={name}>
            <input type="radio" name="state" checked={value === state} onChange={() => change('state', value)} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <Panel
        title="Deliveries"
        note={
          totals
            ? `${count(totals.sent)} sent, ${count(totals.pending)} to be sent, ${count(totals.dead)} given up`
            : null
        }
      >
        <Await query={query} what="the deliveries" lines={6}>
          {({ deliveries }) =>
            deliveries.length === 0 ? (
              <Empty title="No such message">
                <p>
                  {state === 'dead'
                    ? 'Every message has reached its receiver, or still tries.'
                    : 'None was put in yet.'}
                </p>
              </Empty>
            ) : (
              <DeliveryTable deliveries={deliveries} />
            )
          }
        </Await>
      </Panel>
    </>
  )
}

const kindWords = { alert: 'alert', dailySummary: 'daily page' } as const
const stateWords = { pending: 'to be sent', sent: 'sent', dead: 'given up' } as const

function DeliveryTable({ deliveries }: { deliveries: readonly DeliveryJson[] }) {
  return (
    <table className="told told-fates">
      <caption className="unseen">The last {counted(deliveries.length, 'message')}, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Receiver</th>
          <th scope="col">About</th>
          <th scope="col">State</th>
          <th scope="col" className="wide">
            Trouble
          </th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <tr key={delivery.id}>
            <th scope="row">{delivery.receiver}</th>
            <td>
              <About delivery={delivery} />
            </td>
            <td data-state={delivery.state}>{stateWords[delivery.state]}</td>
            <td className="wide">
              <Trouble delivery={delivery} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function About({ delivery: { kind, about, subject } }: { delivery: DeliveryJson }) {
  if (kind === 'notice') return `notice: ${subject}`
  const href = kind === 'alert' ? `/alerts/${encodeURIComponent(about)}` : `/days/${about}`
  return (
    <>
      {kindWords[kind]} <Link href={href}>{kind === 'alert' ? subject : about}</Link>
    </>
  )
}

function Trouble({ delivery: { id, state, attempts, nextAttemptAt, reason } }: { delivery: DeliveryJson }) {
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => api.retryDelivery(id),
    onSettled: () => client.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  if (state === 'sent' || reason === null) return null
  return (
    <span className="row-note">
      {reason} ({attempts === 1 ? 'one try' : `${count(attempts)} tries`}
      {nextAttemptAt === null ? null : (
        <>
          , next <Time iso={nextAttemptAt} />
        </>
      )}
      ){' '}
      {state === 'dead' ? (
        <button type="button" className="link-button" disabled={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </button>
      ) : null}
    </span>
  )
}

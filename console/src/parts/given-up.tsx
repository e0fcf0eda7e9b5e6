// Messages that were given up → why, and a button that has them tried anew; nothing where there are none.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../api.ts'

export function GivenUp() {
  const client = useQueryClient()
  const dead = useQuery({ queryKey: ['dead'], queryFn: ({ signal }) => api.givenUp(signal), refetchInterval: 15_000 })
  const retry = useMutation({
    mutationFn: api.retryDelivery,
    onSettled: () => client.invalidateQueries({ queryKey: ['dead'] }),
  })
  const deliveries = dead.data?.deliveries ?? []
  if (deliveries.length === 0) return null
  return (
    <section className="given-up" aria-label="Messages that were given up">
      <h2>Given up</h2>
      <ul>
        {deliveries.map(({ id, receiver, about, reason }) => (
          <li key={id}>
            <span>
              <b>{receiver}</b> · {about}: {reason}
            </span>
            <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate(id)}>
              Try again
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

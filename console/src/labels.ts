// A person's answer about an alert → shown at once, sent, and taken back with the reason where the server refuses it.

import { type InfiniteData, type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { type AlertJson, type AlertList, api, type DaySummary, type Label } from './api.ts'
import { useSaid } from './said.ts'

export type Labelling = {
  /** What to show: the answer on its way, else the stored one. */
  readonly label: Label | null
  readonly isPending: boolean
  /** Somebody here has said that they cannot tell, and nobody has labelled it since. */
  readonly isUnsure: boolean
  /** Why the last answer was not stored, and what it was; null once one is. */
  readonly failed: { readonly label: Label; readonly reason: string } | null
}

/** Sends an answer. Answers about one alert go out one after another, so that the last one given is the one that counts. */
export function useGiveLabel(): (alertId: string, label: Label) => void {
  const client = useQueryClient()
  return useCallback(
    (alertId, label) => {
      const mutation = client.getMutationCache().build(client, {
        mutationKey: ['label', alertId],
        scope: { id: `label ${alertId}` },
        mutationFn: (given: Label) => api.label(alertId, given),
        onSuccess: ({ by, labelledAt }, given) =>
          remember(client, alertId, { label: given, labelledBy: by, labelledAt }),
      })
      // A refusal is kept in the mutation, where `useLabelling` finds it.
      mutation.execute(label).catch(() => undefined)
    },
    [client],
  )
}

/** Labels many alerts alike, in one go. */
export function useGiveMany() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ ids, label }: { ids: readonly string[]; label: Label }) => api.labelMany(ids, label),
    onSuccess: ({ by, labelledAt }, { ids, label }) => {
      for (const id of ids) remember(client, id, { label, labelledBy: by, labelledAt })
    },
  })
}

/** Keeps that somebody has looked and cannot tell; no label. */
export function useSayUnsure(): (alertId: string) => void {
  const client = useQueryClient()
  return useCallback(
    (alertId) => {
      const mutation = client.getMutationCache().build(client, {
        mutationKey: ['unsure', alertId],
        scope: { id: `label ${alertId}` },
        mutationFn: () => api.unsure(alertId),
        onSuccess: (trail) => client.setQueryData(['trail', alertId], trail),
      })
      mutation.execute(undefined).catch(() => undefined)
    },
    [client],
  )
}

/** An alert's label as this page knows it. */
export function useLabelling(alert: AlertJson): Labelling {
  const latest = useSaid('label', alert.id)
  const given = latest?.variables as Label | undefined
  const unsure = useSaid('unsure', alert.id)?.status
  const isPending = latest?.status === 'pending'
  return {
    isUnsure: alert.label === null && !isPending && (unsure === 'success' || unsure === 'pending'),
    label: isPending && given ? given : alert.label,
    isPending,
    failed:
      latest?.status === 'error' && given ? { label: given, reason: latest.error?.message ?? 'unknown reason' } : null,
  }
}

type Answer = Pick<AlertJson, 'label' | 'labelledBy' | 'labelledAt'>

// Writes a stored answer wherever the cache holds the alert; a day's figures, which depend on it, are asked for again.
function remember(client: QueryClient, id: string, answer: Answer): void {
  const patch = (alert: AlertJson): AlertJson => (alert.id === id ? { ...alert, ...answer } : alert)
  const patchList = (list: AlertList): AlertList => ({ ...list, alerts: list.alerts.map(patch) })
  client.setQueryData<AlertJson>(['alert', id], (held) => held && patch(held))
  client.setQueryData<AlertList>(['newest-alerts'], (held) => held && patchList(held))
  client.setQueriesData<InfiniteData<AlertList>>(
    { queryKey: ['alerts'] },
    (held) => held && { ...held, pages: held.pages.map(patchList) },
  )
  client.setQueriesData<AlertList>({ queryKey: ['day-alerts'] }, (held) => held && patchList(held))
  client.setQueriesData<DaySummary>(
    { queryKey: ['day'] },
    (held) => held && { ...held, topAlerts: held.topAlerts.map(patch) },
  )
  void client.invalidateQueries({ queryKey: ['day'] })
  void client.invalidateQueries({ queryKey: ['trail', id] })
}

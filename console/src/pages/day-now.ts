// A day's summary, whose labels a closed day keeps as they were at its closing → the same with the labels of now.

import { useQuery } from '@tanstack/react-query'
import { wilson } from '../../../src/core/proportion.ts'
import { type AlertJson, api, type DaySummary } from '../api.ts'

/** The most alerts that one answer of the API holds; of a day with more, the summary's own counts are shown. */
const mostAlerts = 1000

export function useDayNow(summary: DaySummary): DaySummary {
  const query = useQuery({
    queryKey: ['day-alerts', summary.day],
    queryFn: ({ signal }) => api.alerts({ day: summary.day, limit: mostAlerts }, signal),
    enabled: summary.isClosed && summary.alerts > 0,
  })
  return query.data ? withLabelsOf(summary, query.data.alerts, query.data.next === null) : summary
}

/** `isWhole`: these are all alerts of the day, so that they can be counted. */
export function withLabelsOf(summary: DaySummary, alerts: readonly AlertJson[], isWhole: boolean): DaySummary {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]))
  const topAlerts = summary.topAlerts.map((alert) => byId.get(alert.id) ?? alert)
  return { ...summary, topAlerts, labels: isWhole ? countLabels(alerts) : summary.labels }
}

function countLabels(alerts: readonly AlertJson[]): DaySummary['labels'] {
  const anomaly = alerts.filter(({ label }) => label === 'anomaly').length
  const normal = alerts.filter(({ label }) => label === 'normal').length
  return { anomaly, normal, unlabelled: alerts.length - anomaly - normal, precision: wilson(anomaly, anomaly + normal) }
}

// Is it alive, is it ready, how much has it done: for machines that watch.

import { Health, HealthReport, Ready } from '../api/health.ts'
import { createMetrics } from '../metrics.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { iso } from '../views.ts'

export function healthRoutes(services: Services): Route[] {
  const { store, detector } = services
  const metrics = createMetrics(services)
  return [
    jsonRoute({
      method: 'GET',
      path: '/healthz',
      theme: 'health',
      summary: 'The process answers.',
      isOpen: true,
      answer: Health,
      handle: async () => ({ status: 'ok' as const }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/readyz',
      theme: 'health',
      summary: 'The store answers, so events can be taken.',
      isOpen: true,
      answer: Ready,
      handle: async () => ({ status: 'ready' as const, champion: (await store.aliases(detector)).champion ?? null }),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/health',
      theme: 'health',
      summary: 'How Tocsin itself is: alarms that hold, and the last canary.',
      answer: HealthReport,
      handle: async () => {
        const { alarms, canary } = services.notifications
        const holding = alarms().map((alarm) => ({ ...alarm, since: iso(alarm.since) }))
        const last = canary()
        return {
          status: holding.length === 0 ? ('well' as const) : ('alarmed' as const),
          alarms: holding,
          canary: last && { sentAt: when(last.sentAt), heardAt: when(last.heardAt), tookMs: last.tookMs },
        }
      },
    }),
    textRoute({
      method: 'GET',
      path: '/metrics',
      theme: 'health',
      summary: 'Counts for Prometheus.',
      answer: metrics.contentType,
      handle: () => metrics.metrics(),
    }),
  ]
}

function when(timeMs: number | null): string | null {
  return timeMs === null ? null : iso(timeMs)
}

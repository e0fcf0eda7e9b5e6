// Is it alive, is it ready, how much has it done: for machines that watch.

import { Health, Ready } from '../api.ts'
import { createMetrics } from '../metrics.ts'
import { jsonRoute, type Route, textRoute } from '../route.ts'
import type { Services } from '../services.ts'

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

// The store's totals in, Prometheus metrics out: read when they are asked for, so they are right after a restart, too.

import { Counter, Gauge, Registry } from 'prom-client'
import type { Services } from './services.ts'

/** Over so long a time the gauge of dead letters looks back, ms: a rate that an alarm can watch. */
const recentMs = 10 * 60_000

export function createMetrics({ store, detector, clock, lag, notifications }: Services): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ detector })
  const registers = [registry]
  const counter = (name: string, help: string, read: () => Promise<number>) =>
    new Counter({
      ...{ name, help, registers },
      async collect() {
        this.reset()
        this.inc(await read())
      },
    })
  const totals = () => store.totals(detector)
  counter('tocsin_events_total', 'Events stored', async () => (await totals()).events)
  counter('tocsin_alerts_total', 'Alerts raised', async () => (await totals()).alerts)
  counter('tocsin_dead_letters_total', 'Records that could not be scored', async () => (await totals()).deadLetters)
  counter(
    'tocsin_late_arrivals_total',
    'Events that came after their day had closed',
    async () => (await totals()).lateArrivals,
  )
  new Gauge({
    ...{ name: 'tocsin_lag_records', help: 'Records accepted and not yet decided', registers },
    async collect() {
      this.set(await lag())
    },
  })
  new Gauge({
    ...{ name: 'tocsin_dead_letters_10m', help: 'Records of the last ten minutes that could not be scored', registers },
    async collect() {
      this.set(await store.deadLettersSince(detector, clock.now() - recentMs))
    },
  })
  new Gauge({
    ...{ name: 'tocsin_deliveries', help: 'Messages to receivers by state', registers, labelNames: ['state'] },
    async collect() {
      for (const [state, n] of Object.entries((await totals()).deliveries)) this.set({ state }, n)
    },
  })
  const gauge = (name: string, help: string, labelNames: string[], read: (set: Gauge) => void) =>
    new Gauge({
      ...{ name, help, registers, labelNames },
      collect() {
        this.reset()
        read(this)
      },
    })
  gauge('tocsin_alarm', 'Alarms about Tocsin itself that hold', ['topic', 'about'], (set) => {
    for (const { topic, about } of notifications.alarms()) set.set({ topic, about }, 1)
  })
  gauge('tocsin_receiver_failing', '1 where a receiver fails', ['receiver'], (set) => {
    for (const { name: receiver, failingSince } of notifications.receivers())
      set.set({ receiver }, failingSince === null ? 0 : 1)
  })
  gauge('tocsin_canary_seconds', 'How long the last canary took from the stream to its sink', [], (set) => {
    const { tookMs = null } = notifications.canary() ?? {}
    if (tookMs !== null) set.set(tookMs / 1000)
  })
  return registry
}

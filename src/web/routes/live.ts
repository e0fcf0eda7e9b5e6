// What is going on now, out: once, by the minute, or as a feed.

import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import { RollupList, Stats, StreamJson } from '../api/live.ts'
import type { LiveFeed } from '../feed.ts'
import { jsonRoute, type Route, streamRoute } from '../route.ts'
import type { Services } from '../services.ts'
import { readStats } from '../stats.ts'
import { iso, rollupJson } from '../views.ts'
import { Instant } from './parameters.ts'

const maxRangeDays = 31
const dayMs = 86_400_000

export function liveRoutes(services: Services, feed: LiveFeed): Route[] {
  const { store, detector, reading } = services
  const standing = async (partition: number) => {
    const [first, end] = [await reading.first(partition), await reading.end(partition)]
    const { next, watermark } = await store.partition(detector, partition)
    const reached = Number.isFinite(watermark) ? iso(watermark) : null
    // Records are cut off at the old end without having been decided only where they went beyond the stream's limits.
    return { partition, first, end, next, lag: Math.max(0, end - Math.max(next, first)), watermark: reached }
  }
  return [
    jsonRoute({
      method: 'GET',
      path: '/v1/stats',
      theme: 'live',
      summary: 'Today and all time, in numbers.',
      answer: Stats,
      handle: () => readStats(services),
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/rollups',
      theme: 'live',
      summary: `Counts by minute of event time and model version, of at most ${maxRangeDays} days.`,
      query: z.strictObject({ from: Instant, to: Instant }),
      answer: RollupList,
      handle: async ({ query: { from, to } }) => {
        if (!(from < to && to - from <= maxRangeDays * dayMs)) throw wrongRange()
        return { rollups: (await store.rollups(detector, from, to)).map(rollupJson) }
      },
    }),
    jsonRoute({
      method: 'GET',
      path: '/v1/stream',
      theme: 'live',
      summary: 'The partitions of the stream, with what waits in each.',
      answer: StreamJson,
      handle: async () => ({
        partitions: await Promise.all(Array.from({ length: reading.partitions }, (_, i) => standing(i))),
      }),
    }),
    streamRoute({
      method: 'GET',
      path: '/v1/live',
      theme: 'live',
      summary:
        'Server-sent events: `alert` (an alert) at once, `stats` (as /v1/stats) at most once a second, `day` when a day has closed. A client that reads too slowly is cut off, and may come again.',
      answer: 'text/event-stream',
      handle: async ({ reply }) => feed.add(reply.raw),
    }),
  ]
}

function wrongRange(): TocsinError {
  const message = `from and to do not make a range; expected from before to, and at most ${maxRangeDays} days. Ask for less.`
  return new TocsinError('QUERY_INVALID', message)
}

// The server's live feed → the query cache, in small batches, so that a busy stream costs a few renders a second.

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { type AlertJson, type AlertList, api, type Stats } from './api.ts'

export type Connection = 'connecting' | 'open' | 'lost'
/** What the feed itself knows; what it brings lies in the query cache. */
export type LiveState = {
  readonly connection: Connection
  /** Alerts that came in the latest batch: what a screen reader is told. */
  readonly arrived: readonly AlertJson[]
  /** Events a second, as told while this page was open; newest last, at most 120. */
  readonly rates: readonly number[]
  /** When events last came in, by this browser's clock, ms; the page's opening before that. */
  readonly lastEventAt: number
}

const flushEveryMs = 250
const reopenAfterMs = 3_000
const keptRates = 120
const newestLimit = 50
const newestKey = ['newest-alerts']

/** Connects to `/v1/live` and keeps the cache fresh until closed. */
class Live {
  #state: LiveState = { connection: 'connecting', arrived: [], rates: [], lastEventAt: Date.now() }
  #listeners = new Set<() => void>()
  #client: QueryClient
  #source: EventSource | undefined
  #waiting: AlertJson[] = []
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #reopenTimer: ReturnType<typeof setTimeout> | undefined

  constructor(client: QueryClient) {
    this.#client = client
  }

  readonly state = (): LiveState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  open(): void {
    const source = new EventSource('/v1/live')
    this.#source = source
    source.addEventListener('open', () => this.#opened())
    source.addEventListener('error', () => this.#failed(source))
    source.addEventListener('stats', (event) => this.#tookStats(JSON.parse(event.data)))
    source.addEventListener('alert', (event) => this.#tookAlert(JSON.parse(event.data)))
    source.addEventListener('day', () => this.#tookDay())
  }

  close(): void {
    this.#source?.close()
    clearTimeout(this.#flushTimer)
    clearTimeout(this.#reopenTimer)
    this.#flushTimer = undefined
  }

  #opened(): void {
    const wasLost = this.#state.connection === 'lost'
    this.#set({ connection: 'open' })
    void this.#catchUp(wasLost)
  }

  // From here on the feed tells; what happened before, also between a page's first answers and this moment, is asked for again.
  async #catchUp(wasLost: boolean): Promise<void> {
    // An answer on its way may have been written too early, and a second question would only wait for it.
    await this.#client.cancelQueries({ queryKey: newestKey })
    // The queue stays as it is read: what it lacks, it learns from the newest alerts.
    await this.#client.invalidateQueries(
      wasLost ? { predicate: ({ queryKey }) => queryKey[0] !== 'alerts' } : { queryKey: newestKey },
    )
  }

  #failed(source: EventSource): void {
    this.#set({ connection: 'lost' })
    // A browser gives up for good after a refusal (a proxy's 502 while the server restarts): then we ask again.
    if (source.readyState !== EventSource.CLOSED) return
    source.close()
    this.#reopenTimer = setTimeout(() => this.open(), reopenAfterMs)
  }

  #tookStats(stats: Stats): void {
    this.#client.setQueryData(['stats'], stats)
    this.#set({
      rates: [...this.#state.rates, stats.eventsPerSecond].slice(-keptRates),
      lastEventAt: stats.eventsPerSecond > 0 ? Date.now() : this.#state.lastEventAt,
    })
  }

  #tookAlert(alert: AlertJson): void {
    this.#waiting.push(alert)
    this.#flushSoon()
  }

  #flushSoon(): void {
    this.#flushTimer ??= setTimeout(() => this.#flush(), flushEveryMs)
  }

  #flush(): void {
    this.#flushTimer = undefined
    // An answer on its way may have been written before these alerts: they are put on top of it, not under it.
    if (this.#client.getQueryState(newestKey)?.fetchStatus === 'fetching') {
      this.#flushSoon()
      return
    }
    const arrived = this.#waiting.splice(0)
    this.#client.setQueryData<AlertList>(
      newestKey,
      (held) => held && { ...held, alerts: newestFirst(arrived, held.alerts) },
    )
    this.#set({ arrived })
  }

  #tookDay(): void {
    void this.#client.invalidateQueries({ queryKey: ['days'] })
    void this.#client.invalidateQueries({ queryKey: ['day'] })
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Alerts that just came before those held, each once, as many as are kept. */
export function newestFirst(arrived: readonly AlertJson[], held: readonly AlertJson[]): AlertJson[] {
  const byId = new Map([...arrived].reverse().map((alert) => [alert.id, alert]))
  // One that is held already may carry a label by now: what is held stays.
  const fresh = [...byId.values()].filter(({ id }) => !held.some((other) => other.id === id))
  return [...fresh, ...held].slice(0, newestLimit)
}

const LiveContext = createContext<Live | null>(null)

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [live] = useState(() => new Live(client))
  useEffect(() => {
    live.open()
    return () => live.close()
  }, [live])
  return <LiveContext value={live}>{children}</LiveContext>
}

/** One part of the feed's state; the component renders again only when that part changes. */
export function useLive<T>(select: (state: LiveState) => T): T {
  const live = useContext(LiveContext)
  if (!live) throw new TypeError('useLive outside LiveProvider')
  return useSyncExternalStore(live.subscribe, () => select(live.state()))
}

/** The numbers of the head; asked for every ten seconds, too, should the feed be blocked on the way. */
export function useStats() {
  return useQuery({ queryKey: ['stats'], queryFn: ({ signal }) => api.stats(signal), refetchInterval: 10_000 })
}

/** The detector's time zone; UTC until it is known. */
export function useTimeZone(): string {
  return useStats().data?.timeZone ?? 'UTC'
}

/** The newest alerts of the whole stream, growing at the top as they happen. */
export function useNewestAlerts() {
  return useQuery({
    queryKey: newestKey,
    queryFn: ({ signal }) => api.alerts({ limit: newestLimit }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

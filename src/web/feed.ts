// News of alerts and closed days in, server-sent events to every open browser out; a browser that does not keep up is let go.

import type { ServerResponse } from 'node:http'
import { securityHeaders } from './access.ts'
import { dayLine } from './routes/reports.ts'
import type { Services } from './services.ts'
import { readStats } from './stats.ts'
import { alertJson } from './views.ts'

const statsEveryMs = 1000
/** Proxies and browsers give up a connection that is silent for long. */
const heartbeatMs = 15_000
/** What may wait for one browser. A feed missed is made good by asking again, so nothing is lost with it. */
const maxWaitingBytes = 1024 * 1024
const reconnectMs = 2000

export class LiveFeed {
  readonly #services: Services
  readonly #clients = new Set<ServerResponse>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  readonly #unsubscribeSetup: (() => void) | undefined
  #isTicking = false

  constructor(services: Services) {
    this.#services = services
    this.#unsubscribe = services.store.onNews(({ detector, alertIds }) => {
      if (this.#clients.size > 0 && detector === services.detector) this.#tellAlerts(alertIds)
    })
    this.#unsubscribeSetup = services.setup?.onChange((state) => this.#send('setup', state))
  }

  /** Takes over the response, until either side ends it. */
  async add(response: ServerResponse): Promise<void> {
    response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    response.write(`retry: ${reconnectMs}\n\n${message('stats', await readStats(this.#services))}`)
    this.#clients.add(response)
    response.on('close', () => this.#clients.delete(response))
    // It may have gone, and the server may have stopped, while the numbers were read.
    if (response.destroyed || this.#stopping.signal.aborted) this.#drop(response)
    else if (!this.#isTicking) this.#start()
  }

  close(): void {
    this.#unsubscribe()
    this.#unsubscribeSetup?.()
    this.#stopping.abort()
    for (const client of this.#clients) this.#drop(client)
  }

  #tellAlerts(ids: readonly string[]): void {
    const { store, logger } = this.#services
    const tell = async () => {
      for (const id of ids) {
        const alert = await store.alert(id)
        if (alert) this.#send('alert', alertJson(alert))
      }
    }
    tell().catch((error: unknown) => logger.error({ err: error }, 'the live feed has left alerts out'))
  }

  #start(): void {
    this.#isTicking = true
    this.#tick()
      .catch((error: unknown) => {
        this.#services.logger.error({ err: error }, 'the live feed has ended; browsers will connect again')
        for (const client of this.#clients) this.#drop(client)
      })
      .finally(() => {
        this.#isTicking = false
      })
  }

  // Only while somebody looks.
  async #tick(): Promise<void> {
    const { clock } = this.#services
    const { signal } = this.#stopping
    let last = ''
    let saidAt = clock.now()
    let closedDays = (await readStats(this.#services)).totals.closedDays
    while (this.#clients.size > 0 && !signal.aborted) {
      await clock.sleep(statsEveryMs, signal)
      if (signal.aborted) return
      const stats = await readStats(this.#services)
      const text = message('stats', stats)
      if (text !== last) this.#write(text)
      else if (clock.now() - saidAt >= heartbeatMs) this.#write(': still here\n\n')
      else continue
      last = text
      saidAt = clock.now()
      if (stats.totals.closedDays !== closedDays) await this.#tellDays(stats.totals.closedDays - closedDays)
      closedDays = stats.totals.closedDays
    }
  }

  async #tellDays(n: number): Promise<void> {
    const { store, detector } = this.#services
    for (const day of (await store.closedDays(detector)).slice(-n)) this.#send('day', dayLine(day))
  }

  #send(event: string, data: unknown): void {
    this.#write(message(event, data))
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > maxWaitingBytes) this.#drop(client)
      else client.write(text)
    }
  }

  #drop(client: ServerResponse): void {
    this.#clients.delete(client)
    client.destroy()
  }
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

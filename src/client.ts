// A running Tocsin's address in, its API as typed calls out; nothing but fetch, so it runs in Node, in workers and in browsers.

import type { AlertList } from './web/api/alerts.ts'
import type { EventsAccepted, ScoreAnswer } from './web/api/events.ts'
import type { LabelList } from './web/api/labels.ts'
import type { ModelList, PromoteAnswer, VariantList } from './web/api/models.ts'
import type { Problem } from './web/api/problem.ts'

type FieldValue = number | string | boolean | null
/** The detector's own columns, without the label. */
export type ClientEvent = Readonly<Record<string, FieldValue>>
export type ClientDecision = ScoreAnswer['decisions'][number]

export type ClientOptions = {
  /** e.g. `http://127.0.0.1:4380`. */
  readonly url: string
  /** `web.token`, where one is set. */
  readonly token?: string
  /** A call that takes longer is given up. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

/** What the server refused: its code, its words, and how long to wait before the same call may do better. */
export class ClientError extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterS: number | undefined

  constructor(status: number, { code, detail }: Pick<Problem, 'code' | 'detail'>, retryAfterS: number | undefined) {
    super(detail)
    this.name = 'ClientError'
    this.status = status
    this.code = code
    this.retryAfterS = retryAfterS
  }
}

/** Every call rejects with a ClientError where the server refuses, and with what fetch throws where it is not reached. */
export class Client {
  readonly #options: Required<Omit<ClientOptions, 'token'>> & Pick<ClientOptions, 'token'>

  constructor(options: ClientOptions) {
    this.#options = { timeoutMs: 30_000, fetch, ...options }
  }

  /** One decision for each event, in order. With `record` the events also go the stream's way, once for each id. */
  async score(
    detector: string,
    events: readonly ClientEvent[],
    { record = false }: { readonly record?: boolean } = {},
  ): Promise<readonly ClientDecision[]> {
    const path = `/v1/detectors/${encodeURIComponent(detector)}/score${record ? '?record=true' : ''}`
    return (await this.#call<ScoreAnswer>('POST', path, events)).decisions
  }

  /** Resolves when the events would survive a power cut. */
  send(
    events: readonly ClientEvent[],
    { onInvalid = 'refuse' }: { readonly onInvalid?: 'refuse' | 'deadLetter' } = {},
  ) {
    return this.#call<EventsAccepted>('POST', `/v1/events?onInvalid=${onInvalid}`, events)
  }

  /** Newest first. */
  async alerts(query: { readonly limit?: number; readonly before?: string } = {}): Promise<AlertList> {
    const pairs = Object.entries(query).map(([name, value]) => [name, String(value)])
    const search = new URLSearchParams(Object.fromEntries(pairs))
    return this.#call<AlertList>('GET', `/v1/alerts${search.size > 0 ? `?${search}` : ''}`)
  }

  label(answer: {
    readonly eventId: string
    readonly label: 'anomaly' | 'normal'
    readonly by?: string
    readonly note?: string
  }) {
    return this.#call<Pick<LabelList['labels'][number], 'eventId' | 'label' | 'labelledAt' | 'by'>>(
      'POST',
      '/v1/labels',
      answer,
    )
  }

  async models(): Promise<ModelList['models']> {
    return (await this.#call<ModelList>('GET', '/v1/models')).models
  }

  promote(version: number, reason = '') {
    return this.#call<PromoteAnswer>('POST', `/v1/models/${version}/promote`, { reason })
  }

  rollBack(reason = '') {
    return this.#call<PromoteAnswer>('POST', '/v1/models/rollback', { reason })
  }

  async variants(): Promise<VariantList['variants']> {
    return (await this.#call<VariantList>('GET', '/v1/variants')).variants
  }

  // The server checks its answers against the very schemas that these types come from.
  async #call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const { url, token, timeoutMs, fetch: ask } = this.#options
    const answer = await ask(new URL(path, url), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (answer.ok) return (await answer.json()) as T
    throw await refusal(answer)
  }
}

async function refusal(answer: Response): Promise<ClientError> {
  const text = await answer.text()
  const retryAfter = answer.headers.get('retry-after')
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? (JSON.parse(text) as Problem) : { code: 'UNKNOWN', detail: text.slice(0, 500) }
  return new ClientError(answer.status, problem, retryAfter === null ? undefined : Number(retryAfter))
}

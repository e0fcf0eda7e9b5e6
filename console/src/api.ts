// A question to the server → its typed answer, or an ApiError that says what went wrong in the server's own words.

import type { Evaluation } from '../../src/model/model.ts'
import type { AlertJson, AlertList } from '../../src/web/api/alerts.ts'
import type { DayList, DaySummary } from '../../src/web/api/days.ts'
import type { DeadLetterJson, DeadLetterList } from '../../src/web/api/deadLetters.ts'
import type { RollupList, Stats, StreamJson } from '../../src/web/api/live.ts'
import type { ModelList } from '../../src/web/api/models.ts'
import type { DeliveryList, InboxList, PreviewJson, PushKey, ReceiverList } from '../../src/web/api/notifications.ts'
import type { OperatingPointJson } from '../../src/web/api/operatingPoint.ts'
import type { PolicyList, SimulateAnswer } from '../../src/web/api/policies.ts'
import type { Problem } from '../../src/web/api/problem.ts'
import type { DriftJson, QualityJson } from '../../src/web/api/quality.ts'
import type { SetupChoicesBody, SetupJson } from '../../src/web/api/setup.ts'
import type { SilenceJson, SilenceList } from '../../src/web/api/silences.ts'
import type { AlertStudy, AlertTrail } from '../../src/web/api/study.ts'

export type {
  AlertJson,
  AlertList,
  AlertStudy,
  AlertTrail,
  DayList,
  DaySummary,
  DeadLetterJson,
  DeadLetterList,
  Evaluation,
  InboxList,
  ModelList,
  SilenceJson,
  SimulateAnswer,
  Stats,
  StreamJson,
}
export type Quality = NonNullable<QualityJson['quality']>
export type Drift = NonNullable<DriftJson['drift']>
export type FeatureDrift = Drift['score']
export type Severity = FeatureDrift['fromTraining']['severity']
export type SetupState = SetupJson
export type SetupChoices = SetupChoicesBody
export type OperatingPoint = OperatingPointJson
export type ReceiverJson = ReceiverList['receivers'][number]
export type DeliveryJson = DeliveryList['deliveries'][number]
export type Preview = PreviewJson
export type Label = 'anomaly' | 'normal'
export type Reason = AlertJson['reasons'][number]
export type ModelJson = ModelList['models'][number]
export type InboxMessage = InboxList['messages'][number]
export type Rollup = RollupList['rollups'][number]

/** What the server answered instead of data; `status` is 0 where it did not answer at all. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiError(0, 'SERVER_SILENT', 'The server does not answer. Is tocsin still running?', { cause })
  }
  if (!response.ok) throw await refusal(response)
  // Console and server come from one build and share these types: the server checks what it sends.
  return (await response.json()) as T
}

async function refusal(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status} ${response.statusText}`.trim()
  try {
    const problem = (await response.json()) as Partial<Problem>
    return new ApiError(response.status, problem.code ?? 'UNKNOWN', problem.detail ?? problem.title ?? fallback)
  } catch {
    return new ApiError(response.status, 'UNKNOWN', fallback)
  }
}

function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** `?day=…&label=…` of what is given; empty where nothing is. */
export function queryOf(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`
}

export type AlertSort = 'loss' | 'score' | 'time'
export type AlertFilter = {
  readonly day?: string | null
  readonly label?: Label | 'none' | null
  readonly entity?: string | null
  readonly sort?: AlertSort
}
type AlertPage = AlertFilter & { readonly limit?: number; readonly before?: string | null }

/** What the audit trail calls whoever sits here. */
const by = 'console'

export const api = {
  stats: (signal: AbortSignal) => ask<Stats>('/v1/stats', { signal }),
  alerts: (page: AlertPage, signal: AbortSignal) => ask<AlertList>(`/v1/alerts${queryOf(page)}`, { signal }),
  alert: (id: string, signal: AbortSignal) => ask<AlertJson>(`/v1/alerts/${encodeURIComponent(id)}`, { signal }),
  study: (id: string, signal: AbortSignal) => ask<AlertStudy>(`/v1/alerts/${encodeURIComponent(id)}/study`, { signal }),
  trail: (id: string, signal: AbortSignal) => ask<AlertTrail>(`/v1/alerts/${encodeURIComponent(id)}/trail`, { signal }),
  unsure: (id: string) => post<AlertTrail>(`/v1/alerts/${encodeURIComponent(id)}/unsure`, { by }),
  acknowledge: (id: string) =>
    post<{ by: string; at: string }>(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, { by }),
  silence: (wish: { matcher: object; endsAt: string; note: string | null }) =>
    post<SilenceJson>('/v1/silences', { ...wish, by }),
  labelMany: (alertIds: readonly string[], label: Label) =>
    post<{ labelledAt: string; by: string }>('/v1/labels/many', { alertIds, label, by }),
  days: (signal: AbortSignal) => ask<DayList>('/v1/reports', { signal }),
  day: (day: string, signal: AbortSignal) => ask<DaySummary>(`/v1/reports/${encodeURIComponent(day)}`, { signal }),
  models: (signal: AbortSignal) => ask<ModelList>('/v1/models', { signal }),
  setup: (signal?: AbortSignal) => ask<SetupJson>('/v1/setup', signal ? { signal } : {}),
  setupPart: (file: File, offset: number, end: number, signal: AbortSignal) =>
    ask<SetupJson>(`/v1/setup/file${queryOf({ name: file.name, bytes: file.size, offset })}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file.slice(offset, end),
      signal,
    }),
  setupCheck: (choices: SetupChoices) => post<SetupJson>('/v1/setup/check', choices),
  setupTrain: (choices: SetupChoices) => post<SetupJson>('/v1/setup/train', choices),
  setupStep: (step: 'forget' | 'stop' | 'go-live') => post<SetupJson>(`/v1/setup/${step}`, {}),
  sendEvent: (event: object) => post<unknown>('/v1/events', event),
  quality: (days: number, signal: AbortSignal) => ask<QualityJson>(`/v1/quality${queryOf({ days })}`, { signal }),
  drift: (signal: AbortSignal) => ask<DriftJson>('/v1/drift', { signal }),
  inbox: (signal: AbortSignal) => ask<InboxList>('/v1/inbox', { signal }),
  deadLetters: (signal: AbortSignal) => ask<DeadLetterList>('/v1/dead-letters', { signal }),
  deadLetter: (id: number, signal: AbortSignal) => ask<DeadLetterJson>(`/v1/dead-letters/${id}`, { signal }),
  replayDeadLetter: (id: number, text: string | undefined) =>
    post<{ partition: number; position: number }>(`/v1/dead-letters/${id}/replay`, text === undefined ? {} : { text }),
  stream: (signal: AbortSignal) => ask<StreamJson>('/v1/stream', { signal }),
  policies: (signal: AbortSignal) => ask<PolicyList>('/v1/policies', { signal }),
  simulate: (wish: { from: string; to: string; limit: number; change?: unknown }) =>
    post<SimulateAnswer>('/v1/policies/simulate', wish),
  silences: (signal: AbortSignal) => ask<SilenceList>('/v1/silences', { signal }),
  endSilence: (id: string) => post<unknown>(`/v1/silences/${encodeURIComponent(id)}/end`, { by }),
  receivers: (signal: AbortSignal) => ask<ReceiverList>('/v1/receivers', { signal }),
  preview: (name: string, signal: AbortSignal) =>
    ask<PreviewJson>(`/v1/receivers/${encodeURIComponent(name)}/preview`, { signal }),
  testReceiver: (name: string) => post<unknown>(`/v1/receivers/${encodeURIComponent(name)}/test`, {}),
  deliveries: (state: DeliveryJson['state'] | null, signal: AbortSignal) =>
    ask<DeliveryList>(`/v1/deliveries${queryOf({ state, limit: 100 })}`, { signal }),
  rollups: async (from: number, to: number, signal: AbortSignal) => {
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    return (await ask<RollupList>(`/v1/rollups${queryOf(range)}`, { signal })).rollups
  },
  group: (entity: string, signal: AbortSignal) =>
    ask<AlertList>(`/v1/alerts${queryOf({ entity, limit: 20 })}`, { signal }),
  givenUp: (signal: AbortSignal) => ask<DeliveryList>('/v1/deliveries?state=dead&limit=20', { signal }),
  retryDelivery: (id: string) => post<unknown>(`/v1/deliveries/${encodeURIComponent(id)}/retry`, {}),
  pushKey: (signal: AbortSignal) => ask<PushKey>('/v1/push/key', { signal }),
  subscribe: ({ endpoint, keys }: PushSubscriptionJSON) => post<unknown>('/v1/push/subscriptions', { endpoint, keys }),
  unsubscribe: (endpoint: string) => post<unknown>('/v1/push/subscriptions/remove', { endpoint }),
  label: (alertId: string, label: Label) =>
    post<{ labelledAt: string; by: string }>('/v1/labels', { alertId, label, by }),
  operatingPoint: (version: number, signal: AbortSignal) =>
    ask<OperatingPointJson>(`/v1/models/${version}/operating-point`, { signal }),
  moveThreshold: (version: number, threshold: number, reason: string) =>
    post<OperatingPointJson>(`/v1/models/${version}/operating-point`, { threshold, reason, by: 'console' }),
  rollBack: (reason: string) => post<{ version: number }>('/v1/models/rollback', { reason }),
  promote: (version: number, reason: string) =>
    post<unknown>(`/v1/models/${version}/promote`, { alias: 'champion', reason }),
}

/** A model's figures; null where they are of another shape than this console knows. */
export function evaluationOf(model: ModelJson): Evaluation | null {
  const held = model.evaluation as Partial<Evaluation>
  return held.averagePrecision && held.atOperatingPoint && held.baselines && held.period ? (held as Evaluation) : null
}

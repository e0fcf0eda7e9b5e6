// SageMaker's runtime: InvokeEndpoint in, the container's answer out; what the container refuses comes as a ModelError.

import { randomUUID } from 'node:crypto'
import { TocsinError } from '../../core/error.ts'
import { statusOf } from '../problem.ts'
import { awsErrorTypes } from '../sigv4.ts'
import { type Answer, type Ask, after, type Door, json } from './door.ts'
import { type ContainerParts, chooseFor, invoke, refuseAsContainer } from './invoke.ts'

export type SageMakerParts = ContainerParts & {
  /** What clients call EndpointName. */
  readonly endpoint: string
  /** InvokeEndpoint's own limit is 6 MiB. */
  readonly maxBodyBytes: number
}

export function sageMakerDoors(parts: SageMakerParts): Door[] {
  return [
    {
      guard: 'signature',
      method: 'POST',
      path: '/endpoints/:endpoint/invocations',
      summary: 'InvokeEndpoint of SageMaker Runtime.',
      maxBodyBytes: parts.maxBodyBytes,
      answer: (ask) => invokeEndpoint(ask, parts),
      refuse: refuseAsRuntime,
    },
  ]
}

function invokeEndpoint(ask: Ask, parts: SageMakerParts): Answer | Promise<Answer> {
  const [endpoint = ''] = ask.places
  if (endpoint !== parts.endpoint) throw unknownEndpoint(endpoint)
  checkHeaders(ask)
  const target = header(ask, 'x-amzn-sagemaker-target-variant')
  const variant = chooseFor(ask, parts.variants, target)
  return after(
    asModelError(() => invoke(ask, parts, variant)),
    (answer) => {
      if (answer.status !== 200) return answer
      const attributes = header(ask, 'x-amzn-sagemaker-custom-attributes')
      const headers = {
        ...{ ...answer.headers, ...requestId(), 'x-amzn-invoked-production-variant': variant.name },
        ...(attributes === undefined ? {} : { 'x-amzn-sagemaker-custom-attributes': attributes }),
      }
      return { ...answer, headers }
    },
  )
}

// An answer without content, which the container gives to an empty body, is an empty answer here.
function asModelError(run: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
  try {
    const answered = after(run(), (answer) => (answer.status === 204 ? { ...answer, status: 200 } : answer))
    return answered instanceof Promise ? answered.catch(refusedByModel) : answered
  } catch (error) {
    return refusedByModel(error)
  }
}

function refusedByModel(error: unknown): Answer {
  if (!(error instanceof TocsinError)) throw error
  const { status, body } = refuseAsContainer(error)
  return modelError(status, String(body))
}

function modelError(status: number, message: string): Answer {
  const side = status < 500 ? 'client' : 'server'
  const body = {
    ErrorCode: `${side.toUpperCase()}_ERROR_FROM_MODEL`,
    LogStreamArn: '',
    Message: `Received ${side} error (${status}) from primary with message "${message}". See /openapi.json of this server for what its model takes.`,
    OriginalMessage: message,
    OriginalStatusCode: status,
  }
  return json(body, 424, { ...requestId(), 'x-amzn-errortype': 'ModelError' })
}

/** What the service model says of the headers. */
const limits: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['content-type', /^[ -~]{0,1024}$/],
  ['accept', /^[ -~]{0,1024}$/],
  ['x-amzn-sagemaker-custom-attributes', /^[ -~]{0,1024}$/],
  ['x-amzn-sagemaker-target-variant', /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/],
  ['x-amzn-sagemaker-inference-id', /^[ -~]{1,64}$/],
  ['x-amzn-sagemaker-session-id', /^[ -~]{1,256}$/],
]

function checkHeaders(ask: Ask): void {
  for (const [name, pattern] of limits) {
    const value = header(ask, name)
    if (value === undefined || pattern.test(value)) continue
    throw new TocsinError(
      'HEADER_INVALID',
      `Value '${value.slice(0, 80)}' at '${name}' failed to satisfy ${pattern.source}.`,
    )
  }
}

function header({ headers }: Ask, name: string): string | undefined {
  const value = headers[name]
  return value === undefined ? undefined : String(value)
}

function unknownEndpoint(endpoint: string): TocsinError {
  return new TocsinError('ENDPOINT_UNKNOWN', `Endpoint ${endpoint.slice(0, 63)} of account 000000000000 not found.`)
}

const errorTypes: Readonly<Record<string, readonly [type: string, status: number]>> = {
  MODEL_MISSING: ['ModelNotReadyException', 429],
  OVERLOADED: ['ThrottlingException', 429],
  DEADLINE_PASSED: ['ServiceUnavailable', 503],
}

function refuseAsRuntime(error: TocsinError): Answer {
  const signed = awsErrorTypes[error.code]
  const [type, status] = signed ? [signed, 403] : (errorTypes[error.code] ?? typeByStatus(statusOf(error.code)))
  return json({ Message: error.message, message: error.message }, status, { ...requestId(), 'x-amzn-errortype': type })
}

function typeByStatus(status: number): readonly [string, number] {
  if (status === 401) return ['MissingAuthenticationTokenException', 403]
  if (status === 404) return ['ValidationError', 400]
  if (status < 500) return ['ValidationError', status]
  return status === 503 ? ['ServiceUnavailable', 503] : ['InternalFailure', 500]
}

function requestId(): { 'x-amzn-requestid': string } {
  return { 'x-amzn-requestid': randomUUID() }
}

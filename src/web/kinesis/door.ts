// An AWS client's request in, Kinesis's or Firehose's answer out: signature, content type and target checked in AWS's own order.

import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Clock } from '../../core/clock.ts'
import { TocsinError } from '../../core/error.ts'
import type { Stream } from '../../stream/stream.ts'
import type { Logger } from '../services.ts'
import { type AwsCredential, awsErrorTypes, createVerifier, type VerifySignature } from '../sigv4.ts'
import { firehoseOperations } from './firehose.ts'
import { Input } from './input.ts'
import { StreamNames } from './names.ts'
import { type KinesisParts, kinesisOperations, type Operation } from './operations.ts'
import { createIterators } from './shards.ts'
import { jsonWire, type Wire, wireOf } from './wire.ts'

export type KinesisDoorOptions = {
  readonly append: Stream['append']
  readonly reading: KinesisParts['reading']
  /** Names that stand for the stream; none: any name. */
  readonly streamNames: readonly string[]
  readonly keyColumns: readonly string[]
  readonly credentials: readonly AwsCredential[]
  /** Whether requests may come unsigned; only where nothing else protects the server, on loopback. */
  readonly isOpen: boolean
  readonly clock: Clock
  readonly logger: Logger
}

export type KinesisDoor = {
  /** True where the request is for this door; its answer is on its way then. */
  handle(request: AnyRequest, response: AnyResponse): boolean
}

type AnyRequest = IncomingMessage | Http2ServerRequest
type AnyResponse = ServerResponse | Http2ServerResponse

/** 500 records and 10 MiB of them in base64, with their keys. */
const maxBodyBytes = 16 * 1_048_576
const bodyTimeoutMs = 30_000

export function createKinesisDoor(options: KinesisDoorOptions): KinesisDoor {
  const { append, reading, keyColumns, credentials, clock, logger } = options
  const names = new StreamNames(options.streamNames)
  const iterators = createIterators(randomBytes(32))
  const operations = new Map<string, Operation>([
    ...named('Kinesis_20131202', kinesisOperations({ append, reading, names, iterators, clock })),
    ...named('Firehose_20150804', firehoseOperations({ append, names, keyColumns })),
  ])
  const verify =
    credentials.length > 0 ? createVerifier({ credentials, services: ['kinesis', 'firehose'], clock }) : undefined
  const answer = async (request: AnyRequest, response: AnyResponse) => {
    let wire: Wire = jsonWire
    try {
      const body = await readBody(request)
      wire = (await wireOf(header(request, 'content-type'))) ?? refuseType(request)
      const operation = operations.get(header(request, 'x-amz-target') ?? '') ?? refuseTarget()
      checkSignature(request, body, verify, options.isOpen)
      const answered = await operation(new Input(wire.decode(body), wire))
      send(response, 200, wire.contentType, answered === undefined ? new Uint8Array() : wire.encode(answered))
    } catch (error) {
      const { status, type, message } = refusalOf(error, header(request, 'x-amz-target'))
      if (status >= 500) logger.error({ err: error }, `the Kinesis door could not answer: ${message}`)
      send(response, status, wire.contentType, wire.encode({ __type: type, message }), type)
    }
  }
  return {
    handle: (request, response) => {
      const isOurs = request.method === 'POST' && /^(Kinesis|Firehose)_/.test(header(request, 'x-amz-target') ?? '')
      if (isOurs) void answer(request, response)
      return isOurs
    },
  }
}

function named(prefix: string, operations: Readonly<Record<string, Operation>>): [string, Operation][] {
  return Object.entries(operations).map(([name, operation]) => [`${prefix}.${capitalised(name)}`, operation])
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function header({ headers }: AnyRequest, name: string): string | undefined {
  const value = headers[name]
  return value === undefined ? undefined : String(value)
}

function readBody(request: AnyRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const fail = (message: string) => {
      clearTimeout(timer)
      request.off('data', take)
      request.resume()
      reject(new TocsinError('AWS_INVALID_ARGUMENT', message))
    }
    const timer = setTimeout(() => fail(`The body did not come within ${bodyTimeoutMs} ms.`), bodyTimeoutMs)
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBodyBytes) fail(`The body is over ${maxBodyBytes} bytes.`)
    }
    request.on('data', take)
    request.once('error', reject)
    request.once('end', () => {
      clearTimeout(timer)
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    })
  })
}

function checkSignature(request: AnyRequest, body: Buffer, verify: VerifySignature | undefined, isOpen: boolean): void {
  const { method = '', url = '', headers } = request
  if (verify) verify({ method, url, headers, body })
  else if (!isOpen)
    throw new TocsinError(
      'SIGNATURE_KEY_UNKNOWN',
      'This server has a token, and no keys that AWS clients could sign with. Add one to web.awsCredentials.',
    )
}

function refuseType(request: AnyRequest): never {
  const found = header(request, 'content-type')
  const message = `The content type is ${found}; expected application/x-amz-json-1.1 or application/x-amz-cbor-1.1.`
  throw new TocsinError('AWS_UNKNOWN_OPERATION', message)
}

function refuseTarget(): never {
  throw new TocsinError(
    'AWS_UNKNOWN_OPERATION',
    'This door has no such operation; docs/kinesis.md lists those that it has.',
  )
}

function send(response: AnyResponse, status: number, contentType: string, body: Uint8Array, errorType?: string): void {
  // The other side may have gone in the meantime.
  if (response.headersSent || response.destroyed) return
  const id = randomUUID()
  const headers = {
    ...(body.length > 0 && { 'content-type': contentType }),
    'content-length': body.length,
    'x-amzn-requestid': id,
    'x-amz-id-2': id,
    ...(errorType && { 'x-amzn-errortype': errorType }),
  }
  // HTTP/1.1's and HTTP/2's responses are alike here, but their types are not.
  if ('stream' in response) response.writeHead(status, headers).end(body)
  else response.writeHead(status, headers).end(body)
}

type RefusalParts = { readonly status: number; readonly type: string; readonly message: string }

/** What a full or absent stream is to a client of AWS: something to try again after a while. */
const passing = new Set(['QUEUE_FULL', 'STREAM_FULL', 'STREAM_BUSY', 'STREAM_CLOSED', 'STREAM_UNREACHABLE'])

function refusalOf(error: unknown, target: string | undefined): RefusalParts {
  if (!(error instanceof TocsinError))
    return { status: 500, type: 'InternalFailure', message: 'Something failed inside the server; its log says more.' }
  const { code, message } = error
  if (passing.has(code)) {
    return target?.startsWith('Firehose')
      ? { status: 503, type: 'ServiceUnavailableException', message }
      : { status: 400, type: 'ProvisionedThroughputExceededException', message }
  }
  const signature = awsErrorTypes[code]
  if (signature) return { status: 400, type: signature, message }
  if (!code.startsWith('AWS_')) return { status: 500, type: 'InternalFailure', message }
  return { status: code === 'AWS_INTERNAL_FAILURE' ? 500 : 400, type: typeOf(code), message }
}

/** `AWS_RESOURCE_NOT_FOUND` → `ResourceNotFoundException`. */
function typeOf(code: string): string {
  if (code === 'AWS_INTERNAL_FAILURE') return 'InternalFailure'
  const words = code.slice(4).toLowerCase().split('_')
  return `${words.map(capitalised).join('')}Exception`
}

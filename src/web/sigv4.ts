// A signed request's parts in, who signed it out: AWS Signature Version 4 in the Authorization header, checked with static keys.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'

/** A request as it came over the wire, HTTP/1.1 or HTTP/2 (whose `:authority` stands among the headers). */
export type SignedRequest = {
  readonly method: string
  /** Path and query, still escaped. */
  readonly url: string
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The bytes as they came; compressed where they came so. */
  readonly body: Uint8Array
}

export type AwsCredential = { readonly accessKeyId: string; readonly secretAccessKey: string }

type Signer = { readonly accessKeyId: string; readonly region: string; readonly service: string }

/** Who signed it. Throws TocsinError `SIGNATURE_MISSING`, `…_INCOMPLETE`, `…_KEY_UNKNOWN`, `…_EXPIRED` or `…_WRONG`. */
export type VerifySignature = (request: SignedRequest) => Signer

/** What AWS calls each refusal. */
export const awsErrorTypes: Readonly<Record<string, string>> = {
  SIGNATURE_MISSING: 'MissingAuthenticationTokenException',
  SIGNATURE_INCOMPLETE: 'IncompleteSignatureException',
  SIGNATURE_KEY_UNKNOWN: 'UnrecognizedClientException',
  SIGNATURE_EXPIRED: 'InvalidSignatureException',
  SIGNATURE_WRONG: 'InvalidSignatureException',
}

const algorithm = 'AWS4-HMAC-SHA256'
/** How far the signer's clock may be off, either way: AWS's own limit. */
const maxSkewMs = 5 * 60_000
/** A day, a region and a service make a key of their own; a signer that invents regions must not fill the memory. */
const maxDerivedKeys = 256

export function createVerifier({
  credentials,
  services,
  clock,
}: {
  readonly credentials: readonly AwsCredential[]
  /** Signing names that the door answers to: `sagemaker`, `kinesis`, `firehose` … */
  readonly services: readonly string[]
  readonly clock: Pick<Clock, 'now'>
}): VerifySignature {
  const secrets = new Map(credentials.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, secretAccessKey]))
  const derived = new Map<string, Buffer>()
  const keyOf = ({ accessKeyId, scope }: Authorization, secret: string) => {
    const name = `${accessKeyId}/${scope}`
    const known = derived.get(name)
    if (known) return known
    if (derived.size >= maxDerivedKeys) derived.clear()
    const key = signingKey(secret, scope)
    derived.set(name, key)
    return key
  }
  return (request) => {
    const authorization = readAuthorization(request)
    const { accessKeyId, region, service, scope, signature } = authorization
    if (!services.includes(service)) throw incomplete(`the service "${service}"`, services.join(' or '))
    const at = signedAt(request, authorization)
    if (Math.abs(clock.now() - timeOf(at)) > maxSkewMs) throw expired(at, clock.now())
    const secret = secrets.get(accessKeyId)
    if (secret === undefined) throw unknownKey(accessKeyId)
    const text = `${algorithm}\n${at}\n${scope}\n${sha256(canonicalRequest(request, authorization.signedHeaders))}`
    const expected = createHmac('sha256', keyOf(authorization, secret)).update(text).digest()
    if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw wrong()
    return { accessKeyId, region, service }
  }
}

type Authorization = Signer & {
  /** `20261122/us-east-1/sagemaker/aws4_request`. */
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const form =
  /^AWS4-HMAC-SHA256 +Credential=([\w-]{1,128})\/(\d{8}\/([\w-]{1,64})\/([\w-]{1,64})\/aws4_request), *SignedHeaders=([!-+\--~]{1,4096}), *Signature=([0-9a-f]{64})$/

function readAuthorization({ headers }: SignedRequest): Authorization {
  const { authorization } = headers
  if (typeof authorization !== 'string' || !authorization.startsWith(algorithm)) throw missing()
  const [, accessKeyId, scope, region, service, names, signature] = form.exec(authorization) ?? []
  if (accessKeyId === undefined)
    throw incomplete('an Authorization header of another form', 'Credential, SignedHeaders and Signature')
  const signedHeaders = names!.split(';')
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority'))
    throw incomplete('a signature that leaves out the host', 'host (HTTP/2: :authority) among SignedHeaders')
  return { accessKeyId, region: region!, service: service!, scope: scope!, signedHeaders, signature: signature! }
}

/** The instant that was signed, `20261122T180500Z`: of the same day as the key's scope. */
function signedAt({ headers }: SignedRequest, { signedHeaders, scope }: Authorization): string {
  const at = headers['x-amz-date']
  if (typeof at !== 'string' || !signedHeaders.includes('x-amz-date'))
    throw incomplete('no signed X-Amz-Date', 'one among SignedHeaders')
  if (!/^\d{8}T\d{6}Z$/.test(at) || !scope.startsWith(at.slice(0, 8)))
    throw incomplete(`the X-Amz-Date "${at.slice(0, 40)}"`, 'yyyymmddThhmmssZ of the day in Credential')
  return at
}

function timeOf(at: string): number {
  return Date.parse(at.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
function canonicalRequest({ method, url, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  const [path, query = ''] = splitOnce(url, '?')
  const lines = signedHeaders.map((name) => `${name}:${headerValue(headers, name)}\n`)
  return [method, escapeAgain(path), canonicalQuery(query), lines.join(''), signedHeaders.join(';'), sha256(body)].join(
    '\n',
  )
}

function headerValue(headers: SignedRequest['headers'], name: string): string {
  // What a proxy or an HTTP/2 bridge calls by the other of the two names is the same thing.
  const value = headers[name] ?? (name === 'host' ? headers[':authority'] : undefined) ?? ''
  const text = typeof value === 'string' ? value : value.join(',')
  return text.trim().replace(/ +/g, ' ')
}

// Every service but S3 signs the path escaped twice.
function escapeAgain(path: string): string {
  return path.split('/').map(escaped).join('/') || '/'
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => splitOnce(pair, '=').map((text = '') => escaped(unescaped(text))))
  // By name, then by value; as one text "a-b=" would come before "a=".
  const sorted = pairs.map((pair) => pair.join('\n')).sort()
  return sorted.map((pair) => pair.replace('\n', '=')).join('&')
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw incomplete('a query with a broken percent escape', 'UTF-8 behind each %')
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function signingKey(secret: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce<string | Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${secret}`) as Buffer
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function missing(): TocsinError {
  const found = 'The request is not signed; expected AWS Signature Version 4 in the Authorization header.'
  return new TocsinError('SIGNATURE_MISSING', `${found} Give the client one of the keys of web.awsCredentials.`)
}

function incomplete(found: string, expected: string): TocsinError {
  return new TocsinError('SIGNATURE_INCOMPLETE', `The signature has ${found}; expected ${expected}. Sign with an SDK.`)
}

function unknownKey(accessKeyId: string): TocsinError {
  const message = `The access key "${accessKeyId}" is not known here; expected one of web.awsCredentials. Add it there, or use one of those.`
  return new TocsinError('SIGNATURE_KEY_UNKNOWN', message)
}

function expired(at: string, now: number): TocsinError {
  const message = `The request was signed at ${at}; expected within five minutes of ${new Date(now).toISOString()}. Set the client's clock.`
  return new TocsinError('SIGNATURE_EXPIRED', message)
}

function wrong(): TocsinError {
  const message =
    'The signature does not match the request; expected the one that the secret of its access key gives. Check the secret, and that nothing on the way rewrites the host, the path, signed headers or the body.'
  return new TocsinError('SIGNATURE_WRONG', message)
}

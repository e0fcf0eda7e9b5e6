// The Kinesis client's errors in, ours out: what passes by waiting, what a person has to mend.

import { TocsinError } from '../core/error.ts'

export function busy(said = 'no reason given'): TocsinError {
  const message = `Kinesis did not take it (${said}); expected it to. More shards take more; what was not acknowledged can be sent again.`
  return new TocsinError('STREAM_UNREACHABLE', message)
}

// What the service itself calls the caller's fault does not pass by waiting, except where it says that it is too much.
const passing = /Throughput|LimitExceeded|Throttl|Unavailable|InternalFailure|Timeout|KMSThrottling|ResourceInUse/

/** `STREAM_UNREACHABLE` for what may pass, `STREAM_REFUSED` for what will not. */
export function explainedKinesis(
  cause: unknown,
  {
    name,
    endpoint,
    region,
  }: { readonly name: string; readonly endpoint?: string | undefined; readonly region: string },
): TocsinError {
  if (cause instanceof TocsinError) return cause
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const place = `Kinesis stream ${name} at ${endpoint ?? region}`
  const isRefusal =
    cause instanceof Error && '$fault' in cause && cause.$fault === 'client' && !passing.test(cause.name)
  return isRefusal || /Credentials/.test(said)
    ? new TocsinError(
        'STREAM_REFUSED',
        `${place} refused (${said}); expected it to serve. Look at stream.* and at the rights of its key.`,
        { cause },
      )
    : new TocsinError(
        'STREAM_UNREACHABLE',
        `${place} does not answer (${said}); expected it to. What was not acknowledged can be sent again.`,
        { cause },
      )
}

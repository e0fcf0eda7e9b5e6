// The Kafka client's errors in, ours out: what passes by waiting, what a person has to mend.

import { TocsinError } from '../core/error.ts'

/** The work's answer. Throws `STREAM_UNREACHABLE` for what may pass, `STREAM_REFUSED` for what will not, `STREAM_POSITION`. */
export async function explainedKafka<T>(
  { brokers, topic }: { readonly brokers: readonly string[]; readonly topic: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isNamed(cause, 'OFFSET_OUT_OF_RANGE')) {
      const advice =
        'Its retention is shorter than the store was away, or topic and store do not belong together: make the retention longer, or begin with a new store.'
      throw new TocsinError('STREAM_POSITION', `Kafka no longer has a stored position of topic ${topic}. ${advice}`, {
        cause,
      })
    }
    const said = messageOf(cause)
    if (isPassing(cause))
      throw new TocsinError(
        'STREAM_UNREACHABLE',
        `Kafka at ${brokers.join(', ')} does not answer (${said}); expected a broker of topic ${topic}. Look whether it runs; what was not acknowledged can be sent again.`,
        { cause },
      )
    throw new TocsinError(
      'STREAM_REFUSED',
      `Kafka at ${brokers.join(', ')} refused (${said}); expected it to serve topic ${topic}. Look at stream.* of the configuration and at the rights of its user.`,
      { cause },
    )
  }
}

// The client's errors are trees: what the broker said lies at the leaves.
function leaves(error: unknown): Record<string, unknown>[] {
  if (!(error instanceof Error)) return []
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  return [{ ...error, message: error.message, name: error.name }, ...inner.flatMap(leaves)]
}

/** Whether the broker said this, anywhere within the error. */
export function isNamed(error: unknown, apiId: string): boolean {
  return leaves(error).some((leaf) => leaf.apiId === apiId)
}

// A refusal of the broker that repeating does not change; everything else (connections, elections, time-outs) passes.
const lasting =
  /AUTHORIZATION|SASL|UNSUPPORTED|INVALID_TOPIC|TOO_LARGE|UNKNOWN_TOPIC|CORRUPT|INVALID_RECORD|INVALID_CONFIG|POLICY/

function isPassing(error: unknown): boolean {
  return !leaves(error).some(
    ({ apiId, code }) =>
      (typeof apiId === 'string' && lasting.test(apiId)) ||
      code === 'PLT_KFK_AUTHENTICATION' ||
      code === 'PLT_KFK_USER',
  )
}

function messageOf(error: unknown): string {
  const messages = leaves(error).map(({ message }) => String(message))
  return messages.at(-1) ?? String(error)
}

// A configuration in, its stream out, opened: embedded, or a broker's.

import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import type { TocsinError } from '../core/error.ts'
import { openEmbeddedStream } from '../stream/embedded.ts'
import { openKafkaStream } from '../stream/kafka.ts'
import { openKinesisStream } from '../stream/kinesis.ts'
import { openNatsStream } from '../stream/nats.ts'
import type { Stream } from '../stream/stream.ts'

/** `onWait`: before each wait for a broker that does not answer. `isCheckpointed`: as `openStore` has it. Throws what opening that kind of stream throws. */
export function openStream(
  { stream, dataDir }: Pick<Config, 'stream' | 'dataDir'>,
  clock: Clock,
  onWait: (error: TocsinError, delayMs: number) => void,
  isCheckpointed = false,
): Promise<Stream> {
  switch (stream.kind) {
    case 'embedded':
      return openEmbeddedStream({ dir: dataDir, partitions: stream.partitions, clock, isCheckpointed })
    case 'kafka': {
      const { tls, ...rest } = stream
      return openKafkaStream({ ...rest, tls: tlsOf(tls), clock, onWait })
    }
    case 'kinesis':
      return openKinesisStream({ ...stream, clock, onWait })
    case 'nats': {
      const { tls, ...rest } = stream
      return openNatsStream({ ...rest, tls: tlsOf(tls), clock, onWait })
    }
  }
}

type Tls =
  | boolean
  | { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined }

/** `true`: encrypted, with the certificates that the system trusts. */
function tlsOf(tls: Tls) {
  if (tls === false) return undefined
  return tls === true ? {} : tls
}

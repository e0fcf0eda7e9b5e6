// Every stream there is, through the stream contract.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { streamContract } from './stream.ts'

streamContract('the embedded stream', async (partitions) => {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-stream-'))
  return {
    open: () => openEmbeddedStream({ dir, partitions, clock: systemClock }),
    destroy: () => rm(dir, { recursive: true }),
  }
})

// The stream in memory keeps the contract, so that what the simulations show holds for real streams.

import { systemClock } from '../../src/core/clock.ts'
import { streamContract } from '../contract/stream.ts'
import { MemoryLog, openMemoryStream } from './memory-stream.ts'

streamContract('the stream in memory', async (partitions) => {
  const log = new MemoryLog(partitions)
  return { open: async () => openMemoryStream(log, systemClock), destroy: async () => {} }
})

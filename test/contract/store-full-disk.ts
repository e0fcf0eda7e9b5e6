// A folder on a small disk in, what stream and store did when it was full, and after room was made, as one line of JSON out.

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { TocsinError } from '../../src/core/error.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'
import { alerting, batch, detector } from './store-samples.ts'

const dir = process.argv[2]!
const spare = join(dir, 'spare')
await writeFile(spare, new Uint8Array(2 * 1024 * 1024))
const stream = await openEmbeddedStream({ dir: join(dir, 'data'), partitions: 1, clock: systemClock })
const store = await openEmbeddedStore({ dir: join(dir, 'data'), clock: systemClock })

const append = async () =>
  void (await stream.append(Array.from({ length: 50 }, () => ({ key: 'k', bytes: new Uint8Array(1000) }))))
const commit = async () => {
  const { next } = await store.partition(detector, 0)
  await store.commit(
    batch(
      next,
      Array.from({ length: 50 }, (_, i) => alerting(`e${next + i}`)),
    ),
  )
}

/** Works until it is refused; how often it worked, and the code it was refused with. */
async function untilRefused(work: () => Promise<void>): Promise<{ worked: number; code: string; message: string }> {
  for (let worked = 0; ; worked++) {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error
      return { worked, code: error.code, message: error.message }
    }
  }
}

async function held() {
  const { next } = await store.partition(detector, 0)
  const { events, alerts } = await store.totals(detector)
  const outbox = (await store.due(Number.MAX_VALUE, 1e6)).length
  return { records: await stream.end(0), next, events, alerts, outbox }
}

for (let i = 0; i < 10; i++) await append()
const store1 = await untilRefused(commit)
const stream1 = await untilRefused(append)
const whenFull = await held()
await rm(spare)
await commit()
await append()
process.stdout.write(JSON.stringify({ store: store1, stream: stream1, whenFull, after: await held() }))

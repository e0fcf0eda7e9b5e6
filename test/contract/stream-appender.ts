// A data folder in, records appended to its stream until killed; each answer is printed once the record is durable.

import { systemClock } from '../../src/core/clock.ts'
import { openEmbeddedStream } from '../../src/stream/embedded.ts'

const stream = await openEmbeddedStream({ dir: process.argv[2]!, partitions: 3, clock: systemClock })

async function produce(producer: number): Promise<never> {
  for (let i = 0; ; i++) {
    const key = `p${producer}`
    // A body whose length says whether it is whole.
    const bytes = Buffer.from(`${i} ${'x'.repeat(i % 5000)}`)
    const [first, second] = await stream.append([
      { key, bytes },
      { key: `twin of ${key}`, bytes },
    ])
    process.stdout.write(
      `${producer} ${i} ${first!.partition} ${first!.position} ${second!.partition} ${second!.position}\n`,
    )
  }
}

await Promise.all([0, 1, 2, 3].map(produce))

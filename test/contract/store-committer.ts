// A data folder in, batches committed to its store until killed; each position is printed once it is durable.

import { systemClock } from '../../src/core/clock.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { alerting, batch, deadLetter, decision, detector } from './store-samples.ts'

const store = await openEmbeddedStore({ dir: process.argv[2]!, clock: systemClock })
for (;;) {
  const { next } = await store.partition(detector, 0)
  const decisions = Array.from({ length: 19 }, (_, i) => (i % 5 === 0 ? alerting : decision)(`e${next + i}`))
  const deadLetters = [deadLetter(next + 19)]
  if (!(await store.commit(batch(next, decisions, { next: next + 20, deadLetters }))))
    throw new Error('moved by another')
  process.stdout.write(`${next + 20}\n`)
}

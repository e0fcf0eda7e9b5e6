// A store in, the outcome that it holds out: what the careful reader's is compared with.

import type { Store } from '../../src/store/store.ts'
import { deadLetterLine, decisionLine, type Outcome } from './careful-reader.ts'
import { detector } from './detector.ts'

export async function storedOutcome(store: Store, partitions: number): Promise<Outcome> {
  const { duplicates } = await store.totals(detector)
  const decisions: string[] = []
  for await (const { eventId, outcome, isLate } of store.decisions(detector, 0, Number.MAX_SAFE_INTEGER))
    decisions.push(decisionLine(eventId, outcome === 'alert', isLate))
  const letters = await store.deadLetters(detector, 1000)
  const watermarks: number[] = []
  for (let i = 0; i < partitions; i++) watermarks.push((await store.partition(detector, i)).watermark)
  return {
    decisions: decisions.sort(),
    deadLetters: letters.map(({ partition, position, code }) => deadLetterLine(partition, position, code)).sort(),
    alerts: (await store.alerts({ detector, limit: 1000 })).map(({ id }) => id).sort(),
    duplicates,
    watermarks,
  }
}

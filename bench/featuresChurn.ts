// Nothing in; how many pasts an embedded store keeps over a month in which entities come and go, in a sentence, out.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FeatureMemory } from '../src/app/featureMemory.ts'
import { noteForgetting, removeForgotten } from '../src/app/forgetIdle.ts'
import { type Clock, systemClock } from '../src/core/clock.ts'
import type { Decision } from '../src/core/decision.ts'
import type { Event, EventSchema } from '../src/core/event.ts'
import { Random } from '../src/core/random.ts'
import type { Plan } from '../src/features/plan.ts'
import { openEmbeddedStore } from '../src/store/embedded.ts'
import type { Store } from '../src/store/store.ts'

const detector = 'bench'
const dayMs = 86_400_000
const start = Date.parse('2026-01-01T00:00:00Z')
const days = 30
const batchSize = 1000

type Churn = { readonly plan: Plan; readonly schema: EventSchema; readonly newCardsADay: number }

/** Each card comes on one day, pays three times within two and is never seen again; idle ones are let go as in a running system. */
export async function churn({ plan, schema, newCardsADay }: Churn): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-bench-churn-'))
  const clock: Clock = { ...systemClock, sleep: async () => {} }
  const store = await openEmbeddedStore({ dir, clock })
  const derived = plan.derived!
  const memory = new FeatureMemory({ schema, features: plan.features, derived, store, detector })
  const kept: string[] = []
  let removed = 0
  try {
    let next = 0
    for (let day = 0; day < days; day++) {
      const events = paymentsOf(day, newCardsADay)
      for (let at = 0; at < events.length; at += batchSize)
        next = await commit(events.slice(at, at + batchSize), next, memory, store)
      const base = await noteForgetting(derived, { config: { detector }, store, clock })
      removed += await removeForgotten(derived, base!, { config: { detector }, store, clock })
      if ((day + 1) % 10 === 0)
        kept.push(`${(await rowsOf(store, memory.set)).toLocaleString('en')} after ${day + 1} days`)
    }
  } finally {
    await store.close()
    await rm(dir, { recursive: true })
  }
  const [cards, longest] = [(days * newCardsADay).toLocaleString('en'), Math.max(...derived.memories[0]!.ages) / dayMs]
  return `Churn: of ${cards} cards that pay three times within two days and never again, windows up to ${longest} days, the store keeps the pasts of ${kept.join(', ')}; ${removed.toLocaleString('en')} were removed.`
}

// Two of each card that is new, one of each that came the day before.
function paymentsOf(day: number, newCards: number): Event[] {
  const random = new Random(day)
  const cards = Array.from({ length: newCards }, (_, i) => day * newCards + i)
  const events = [...cards, ...cards, ...cards.map((card) => card - newCards)].map((card, i): Event => {
    const fields = { card: Math.max(0, card), shop: 1, amount: random.below(1000) }
    return { id: `${day}-${i}`, time: start + day * dayMs + random.below(dayMs), entity: null, amount: null, fields }
  })
  return events.sort((a, b) => a.time - b.time)
}

async function commit(
  events: readonly Event[],
  position: number,
  memory: FeatureMemory,
  store: Store,
): Promise<number> {
  await memory.load(events)
  memory.vectors(events)
  const next = position + events.length
  const committed = await store.commit({
    ...{ detector, partition: 0, expected: position, next, watermark: events.at(-1)!.time },
    ...{ deadLetters: [], alerts: [], deliveries: [], duplicates: 0 },
    decisions: events.map((event, i) => decisionOf(event, position + i)),
    featureChanges: memory.changes(),
  })
  memory.settle(committed)
  return committed ? next : commit(events, position, memory, store)
}

function decisionOf(event: Event, position: number): Decision {
  return {
    ...{ detector, event, position, score: 0, threshold: 1, outcome: 'pass', modelVersion: 1 },
    ...{ vector: new Float32Array(1), reasons: [], partition: 0, isLate: false },
  }
}

async function rowsOf(store: Store, set: string): Promise<number> {
  let rows = 0
  for (let after = ''; ; ) {
    const heads = await store.featureHeads({ detector, set, after, limit: 10_000 }, 1)
    if (heads.length === 0) return rows
    rows += heads.filter(({ key }) => key.startsWith('0/')).length
    after = heads.at(-1)!.key
  }
}

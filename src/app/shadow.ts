// What was answered in, what shadow variants would have said into the store: after the answer, in the background, and no more than it keeps up with.

import type { Clock } from '../core/clock.ts'
import { TocsinError } from '../core/error.ts'
import type { Store } from '../store/store.ts'
import type { Variant } from '../web/doors/variants.ts'
import type { Answered } from './variants.ts'

type ShadowParts = {
  readonly detector: string
  readonly store: Pick<Store, 'putShadowScores'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Events left out for want of time or because the shadow could not read them. */
  readonly onSkipped: (events: number, reason: string) => void
}

type ShadowScores = Parameters<Store['putShadowScores']>[1]

export type Shadow = {
  take(shadow: Variant, answered: Answered): void
  /** Works until `signal` aborts, and writes what it has then. */
  run(): Promise<void>
}

/** Answered requests come first: a shadow that falls behind by so many events misses some. */
const maxWaitingEvents = 20_000
const pauseMs = 100
/** Scored at once, some ms, in which nothing is answered. */
const maxEvents = 500

export function createShadow({ detector, store, clock, signal, onSkipped }: ShadowParts): Shadow {
  const waiting: { readonly shadow: Variant; readonly answered: Answered }[] = []
  let waitingEvents = 0

  async function next(): Promise<ShadowScores> {
    const scores: ShadowScores[number][] = []
    while (scores.length < maxEvents && waiting.length > 0) {
      const { shadow, answered } = waiting.shift()!
      waitingEvents -= answered.events.length
      try {
        scores.push(...(await compare(shadow, answered, clock.now())))
      } catch (error) {
        if (!(error instanceof TocsinError)) throw error
        onSkipped(answered.events.length, `${shadow.name}: ${error.message}`)
      }
    }
    return scores
  }

  return {
    take(shadow, answered) {
      const n = answered.events.length
      if (waitingEvents + n > maxWaitingEvents) return onSkipped(n, `${shadow.name} is ${waitingEvents} events behind`)
      waiting.push({ shadow, answered })
      waitingEvents += n
    },
    run: async () => {
      for (;;) {
        await clock.sleep(pauseMs, signal)
        while (waiting.length > 0) await store.putShadowScores(detector, await next())
        if (signal.aborted) return
      }
    },
  }
}

async function compare(
  { name, scorer }: Variant,
  { variant, events, scores }: Answered,
  scoredAt: number,
): Promise<ShadowScores> {
  const own =
    scorer.artifact.schema === variant.scorer.artifact.schema ? events : events.map((event) => reread(event, scorer))
  const said = scorer.score(own, await scorer.memory?.peek(own))
  const outcome = (score: number, { artifact }: Variant['scorer']) =>
    score >= artifact.operatingPoint.threshold ? 'alert' : 'pass'
  return events.map((event, i) => ({
    ...{ eventId: event.id, variant: name, modelVersion: scorer.modelVersion, scoredAt },
    ...{ score: said[i]!, outcome: outcome(said[i]!, scorer) },
    ...{ answeredVersion: variant.scorer.modelVersion, answeredScore: scores[i]! },
    answeredOutcome: outcome(scores[i]!, variant.scorer),
  }))
}

// Another version may know other columns: what it needs and has not is refused, never guessed. A row of features alone stays one.
function reread(event: Answered['events'][number], { parse, parseFeatures, artifact }: Variant['scorer']) {
  const isWhole = artifact.schema.fields.every(({ name }) => Object.hasOwn(event.fields, name))
  return isWhole ? parse(event.fields, event) : parseFeatures(event.fields, event)
}

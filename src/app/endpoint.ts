// The registry and the store in, the endpoint's models out: followed, watched, shadowed; a promotion answers from the next request on.

import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { Random } from '../core/random.ts'
import type { Registry } from '../registry/registry.ts'
import type { Store } from '../store/store.ts'
import type { Services } from '../web/web.ts'
import { type Capture, createCapture } from './capture.ts'
import { watchChampion } from './championWatch.ts'
import { createShadow } from './shadow.ts'
import { followVariants, type LiveVariants, openVariants } from './variants.ts'

export type EndpointParts = {
  readonly config: Pick<Config, 'detector' | 'endpoint' | 'events' | 'dataDir'>
  readonly registry: Registry
  readonly store: Store
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly logger: Services['logger']
}

export type Endpoint = {
  readonly variants: LiveVariants
  /** Where `endpoint.capture` is configured. */
  readonly capture: Capture['take'] | undefined
  /** Its promotions and roll backs answer from the next request on. */
  readonly registry: Registry
  /** Resolves when the signal has aborted and what was to be kept is kept. */
  readonly ended: Promise<void>
}

export async function openEndpoint({
  config,
  registry,
  store,
  clock,
  signal,
  logger,
}: EndpointParts): Promise<Endpoint> {
  const { detector, endpoint, events } = config
  const { capture: settings } = endpoint
  const capture =
    settings &&
    createCapture({
      ...{ settings, clock, signal, random: new Random(clock.now()), endpoint: endpoint.name ?? detector },
      dir: settings.dir ?? join(config.dataDir, 'capture'),
      onSkipped: (invocations, reason) => logger.warn({ invocations }, `not captured: ${reason}`),
    })
  const changing = {
    ...registry,
    promote: andRefresh(registry.promote),
    rollBack: andRefresh(registry.rollBack),
    moveThreshold: andRefresh(registry.moveThreshold),
  }
  const watch = watchChampion({
    band: endpoint.rollBack,
    rollBack: changing.rollBack,
    onRollBack: (reason, error) =>
      logger.error(
        { code: error?.code },
        error ? `${reason}; not rolled back: ${error.message}` : `rolled back: ${reason}`,
      ),
  })
  const onSkipped = (skipped: number, reason: string) =>
    logger.warn({ events: skipped }, `not scored in shadow: ${reason}`)
  const shadow = createShadow({ detector, store, clock, signal, onSkipped })
  const variants = openVariants({
    ...{ registry, store, detector, variants: endpoint.variants, events, watch },
    shadow: shadow.take,
  })
  const onError = (error: { readonly code: string; readonly message: string }) =>
    logger.error({ code: error.code }, `the endpoint goes on as before: ${error.message}`)
  const following = await followVariants(variants, { clock, signal, onError })
  const ended = allOf(following.ended, shadow.run(), capture?.run())
  return { variants, capture: capture?.take, registry: changing, ended }

  function andRefresh<A extends readonly unknown[], R>(change: (...given: A) => Promise<R>) {
    return async (...given: A): Promise<R> => {
      const answer = await change(...given)
      await variants.refresh()
      return answer
    }
  }
}

async function allOf(...work: readonly (Promise<void> | undefined)[]): Promise<void> {
  await Promise.all(work)
}

// A seed, a plan of faults, a stream and a store in: all roles at work on one world, killed and started again until all is told; the verdict out.

import fc from 'fast-check'
import { alertsOf } from '../../src/alert/alert.ts'
import { createRouter } from '../../src/alert/router.ts'
import { runPartitions } from '../../src/app/partitions.ts'
import { policyBook } from '../../src/app/policies.ts'
import { readConfig } from '../../src/config.ts'
import type { Delivery } from '../../src/core/alert.ts'
import { TocsinError } from '../../src/core/error.ts'
import { isPassing } from '../../src/core/patience.ts'
import { Random } from '../../src/core/random.ts'
import { runPartition } from '../../src/loop.ts'
import { createNotifier } from '../../src/notify/notify.ts'
import type { DeliveryOutcome } from '../../src/notify/receiver.ts'
import { allowedLatenessMs, timeZone } from '../simulate/careful-reader.ts'
import { detector, simulatedScorer } from '../simulate/detector.ts'
import { Faults, faultyStream } from '../simulate/faults.ts'
import { append, now, type Sent, worlds } from '../simulate/world.ts'
import { Group } from './group.ts'
import { judge, type Verdict } from './judge.ts'
import { Life } from './life.ts'
import type { Plan } from './plan.ts'
import type { Scene } from './scene.ts'

export type Told = Verdict & {
  /** Kills, refusals, restarts, rebalances and tears that came about. */
  readonly faults: number
  readonly events: number
  readonly messages: number
  readonly calls: number
}

/** A run that takes longer has got stuck, ms. */
const limitMs = 90_000
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const yaml = `detector: ${detector}\nnotify: {hook: {kind: webhook, url: "https://example.com/hook", secret: "${secret}"}}\n`
const config = readConfig(yaml, 'the story', {})
const book = policyBook({ config, publicUrl: () => 'http://tocsin', shiftsOf: () => [] })

/** Plays it to the end. Rejects where it gets stuck, or a role fails with anything that is not one of the plan's faults. */
export async function play(scene: Scene, plan: Plan): Promise<Told> {
  const story = new Story(scene, plan)
  await story.play()
  const verdict = await judge({ ...scene, accepted: story.accepted, heard: story.heard })
  const { faults, accepted, heard, calls } = story
  return { ...verdict, faults, events: accepted.size, messages: heard.length, calls }
}

class Story {
  readonly accepted = new Set<string>()
  readonly heard: Pick<Delivery, 'id' | 'message'>[] = []
  readonly #scene: Scene
  readonly #plan: Plan
  readonly #random: Random
  readonly #faults: Faults
  readonly #group: Group
  readonly #world: readonly Sent[]
  readonly #lives = new Set<Life>()
  readonly #over = new AbortController()
  #sent = 0
  #refusals = 0
  #events = 0
  #isPaused = false

  constructor(scene: Scene, plan: Plan) {
    this.#scene = scene
    this.#plan = plan
    this.#random = new Random(plan.seed)
    this.#faults = new Faults((call) => this.#faultOf(call), this.#random)
    this.#group = new Group(plan.workers, scene.stream.partitions, this.#random)
    const busy = worlds.filter((world) => world.length > 15)
    this.#world = fc.sample(busy, { numRuns: 1, seed: plan.seed })[0]!
  }

  get faults(): number {
    return this.#faults.crashes + this.#refusals + this.#events
  }

  get calls(): number {
    return this.#faults.calls
  }

  async play(): Promise<void> {
    const { workers, routers, notifiers } = this.#plan
    const roles = [
      this.#role((life) => this.#produce(life)),
      ...each(workers, (place) => this.#role((life, stop) => this.#work(place, life, stop))),
      ...each(routers, () => this.#role((life, stop) => this.#route(life, stop))),
      ...each(notifiers, () => this.#role((life, stop) => this.#notify(life, stop))),
    ]
    const failed = Promise.all(roles).then(() => undefined)
    await Promise.race([failed, this.#untilOver()])
    this.#over.abort()
    this.#killAll()
    await failed
  }

  #faultOf(call: number) {
    const fault = this.#plan.faults.get(call)
    if (fault === 'full') this.#refusals++
    return fault
  }

  // — time —

  async #untilOver(): Promise<void> {
    const moments = [...this.#plan.moments]
    const endsAt = performance.now() + limitMs
    for (;;) {
      await this.#scene.pass()
      if (this.#over.signal.aborted) return
      if (performance.now() > endsAt) throw new Error(`stuck after ${limitMs} ms and ${this.calls} calls`)
      const isDue = moments[0] !== undefined && (this.calls >= moments[0] || (await this.#isAllTold()))
      if (isDue && moments.shift() !== undefined) await this.#happen()
      else if (moments.length === 0 && (await this.#isAllTold())) return
    }
  }

  async #happen(): Promise<void> {
    this.#events++
    if (this.#plan.event === 'rebalance') this.#group.rebalance()
    if (this.#plan.event === 'restart') await this.#scene.restart!()
    if (this.#plan.event === 'torn stream') await this.#tearStream()
    if (this.#plan.event === 'torn store') await this.#tearStore()
  }

  /** Nobody had read what was not answered: the log is on the disk before it is read. */
  async #tearStream(): Promise<void> {
    await this.#powerCut()
    await this.#scene.tear!('stream', this.#random, async () => {
      if (this.#sent < this.#world.length) await append(this.#scene.stream, this.#nextChunk())
    })
    this.#isPaused = false
  }

  /** The workers go on committing until the power is gone. */
  async #tearStore(): Promise<void> {
    await this.#scene.tear!('store', this.#random, () => this.#powerCut())
    this.#isPaused = false
  }

  async #powerCut(): Promise<void> {
    for (let turns = this.#random.below(4); turns > 0; turns--) await this.#scene.pass()
    this.#isPaused = true
    this.#killAll()
    await this.#scene.pass()
  }

  #killAll(): void {
    for (const life of this.#lives) life.kill()
  }

  async #isAllTold(): Promise<boolean> {
    const { stream, store } = this.#scene
    if (this.#sent < this.#world.length) return false
    try {
      for (let i = 0; i < stream.partitions; i++)
        if ((await store.partition(detector, i)).next < (await stream.end(i))) return false
      // Asked last: until every position is at its end, more may come.
      const { unrouted, deliveries } = await store.totals(detector)
      return unrouted === 0 && deliveries.pending === 0
    } catch (error) {
      if (error instanceof TocsinError) return false
      throw error
    }
  }

  // — the roles —

  /** Started again whenever it has died, or ended because the store would not take anything. */
  async #role(run: (life: Life, stop: AbortSignal) => Promise<void>): Promise<void> {
    while (!this.#over.signal.aborted) {
      while (this.#isPaused) await new Promise((resolve) => setImmediate(resolve))
      const life = new Life(this.#faults)
      this.#lives.add(life)
      try {
        await life.lived(run(life, AbortSignal.any([this.#over.signal, life.death])))
        if (!life.death.aborted) return
      } catch (error) {
        if (!isPassing(error)) throw error
        await this.#scene.clock.sleep(1000, this.#over.signal)
      } finally {
        this.#lives.delete(life)
      }
    }
  }

  /** As a careful producer: what was not answered is sent again, whole. */
  async #produce(life: Life): Promise<void> {
    while (this.#sent < this.#world.length) {
      const chunk = this.#nextChunk()
      try {
        await life.step(() => append(this.#scene.stream, chunk))
      } catch (error) {
        if (!(error instanceof TocsinError)) throw error
        await this.#scene.clock.sleep(1000, this.#over.signal)
        continue
      }
      this.#sent += chunk.length
      for (const sent of chunk) if (isDecided(sent)) this.accepted.add(sent.id)
      await this.#scene.clock.sleep(this.#random.below(1000), life.death)
    }
  }

  #nextChunk(): readonly Sent[] {
    return this.#world.slice(this.#sent, this.#sent + 4)
  }

  #work(place: number, life: Life, signal: AbortSignal): Promise<void> {
    const { stream, store, clock } = this.#scene
    const assigned = (until: AbortSignal) => this.#group.assigned(place, until)
    return runPartitions({
      stream: { partitions: stream.partitions, ...(this.#plan.event === 'rebalance' && { assigned }) },
      signal,
      run: (partition, until) =>
        runPartition({
          ...{ detector, partition, alertsOf, allowedLatenessMs, timeZone, maxRecords: 5, signal: until },
          stream: faultyStream(stream, life, this.#random),
          store: life.living(store),
          scorer: () => life.step(async () => simulatedScorer()),
          // What is too far ahead must not depend on how long the run takes.
          clock: { now: () => now, sleep: (delayMs, stop) => clock.sleep(delayMs, stop) },
        }),
    })
  }

  #route(life: Life, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#scene
    return createRouter({ book, store: life.living(store), clock, onDeliveries: () => undefined }).run(signal)
  }

  #notify(life: Life, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#scene
    const hook = {
      ...{ name: 'hook', kind: 'webhook', preview: () => ({ contentType: 'text/plain', body: '' }) as const },
      deliver: (delivery: Delivery) => life.step(async () => this.#hear(delivery)),
    }
    const receivers = new Map([['hook', hook]])
    return createNotifier({ outbox: life.living(store), receivers, clock, random: this.#random }).run(signal)
  }

  /** One in ten is refused, one in twenty heard and then not answered for. */
  #hear({ id, message }: Delivery): DeliveryOutcome {
    const chance = this.#random.below(20)
    if (chance > 1) this.heard.push({ id, message })
    return chance > 2 ? { ok: true } : { ok: false, retry: true, reason: 'busy' }
  }
}

function each<T>(count: number, make: (place: number) => T): T[] {
  return Array.from({ length: count }, (_, place) => make(place))
}

/** Neither bad nor from the future. */
function isDecided(sent: Sent): sent is Exclude<Sent, { readonly bad: string }> {
  return !('bad' in sent) && sent.time <= now + 24 * 3_600_000
}

// A data folder and how much in, a detector's ninety days out: alerts through the store's own commits, minutes of the other decisions as rows.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { alertOf } from '../src/alert/alert.ts'
import { systemClock } from '../src/core/clock.ts'
import type { Decision } from '../src/core/decision.ts'
import { Random } from '../src/core/random.ts'
import { openRegistry } from '../src/registry/registry.ts'
import { closeFinishedDays } from '../src/report/report.ts'
import { openEmbeddedStore } from '../src/store/embedded.ts'
import type { Store } from '../src/store/store.ts'
import { payment, smallArtifact } from '../test/rig/artifact.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const bins = 20
const countries = ['DE', 'FR', 'AT', 'NL', 'IT']

export type Wish = {
  readonly dir: string
  readonly detector: string
  readonly days: number
  /** Open ones in the queue; a twentieth as many more are labelled. */
  readonly alerts: number
  /** Decisions that the minutes count. */
  readonly decisions: number
}

export async function fill({ dir, detector, days, alerts, decisions }: Wish): Promise<void> {
  const until = Math.floor(Date.now() / minuteMs) * minuteMs
  const from = until - days * dayMs
  const store = await openEmbeddedStore({ dir, clock: systemClock })
  const registry = openRegistry({ store, detector })
  const { version } = await registry.register(smallArtifact, from)
  await registry.promote(version, 'champion', 'the bench')
  await store.putTraining(detector, version, { curve: JSON.stringify(curve), html: null })
  await putAlerts(store, detector, { from, until, open: alerts, labelled: Math.round(alerts / 20) })
  countDecisions(join(dir, 'store.db'), detector, { from, until, decisions })
  const sources = { store, detector, timeZone: 'UTC', hasAmount: true }
  await closeFinishedDays({ ...sources, periods: [], deliveriesFor: () => [] })
  await store.close()
}

/** A hundred thresholds, as training stores them. */
const curve = Array.from({ length: 100 }, (_, i) => {
  const share = (i + 1) / 100
  const [alertsPerDay, precision] = [10 + 2000 * share ** 2, 1 - 0.9 * share ** 2]
  return {
    threshold: 1 - 0.99 * share,
    alertsPerDay,
    precision,
    recall: share,
    caughtShare: share,
    costPerDay: 400 * (1 - share),
  }
})

type Span = { readonly from: number; readonly until: number }

async function putAlerts(
  store: Store,
  detector: string,
  { from, until, open, labelled }: Span & { readonly open: number; readonly labelled: number },
): Promise<void> {
  const random = new Random(20_261_129)
  const total = open + labelled
  const decisionAt = (position: number): Decision => {
    const amount = Math.round(100 * 500 * (1 + 9 * random.uniform() ** 4)) / 100
    const time = from + Math.floor(((until - from) * position) / total)
    const id = `e${position}`
    const fields = {
      ...payment(id, amount, new Date(time).toISOString()),
      card: `card-${position % 20_000}`,
      country: countries[position % 5]!,
    }
    return {
      ...{
        detector,
        score: 0.5 + 0.5 * random.uniform(),
        threshold: 0.5,
        modelVersion: 1,
        outcome: 'alert',
        partition: 0,
        position,
        isLate: false,
      },
      event: { id, time, entity: fields.card, amount, fields },
      vector: Float32Array.of(amount, position % 2),
      reasons: [
        { feature: 'amount', value: amount, contribution: 4, text: `amount ${amount} is high (usual: 0 to 500)` },
        { feature: 'country', value: fields.country, contribution: 0.5, text: `country ${fields.country} is rare` },
      ],
    }
  }
  for (let position = 0; position < total; position += 1000) {
    const batch = Array.from({ length: Math.min(1000, total - position) }, (_, i) => decisionAt(position + i))
    await store.commit({
      ...{ detector, partition: 0, expected: position, next: position + batch.length, duplicates: 0 },
      ...{ watermark: batch.at(-1)!.event.time, decisions: batch, deadLetters: [], deliveries: [] },
      alerts: batch.map((decision) => alertOf(decision)!),
    })
  }
  for (let i = 0; i < labelled; i++) {
    const eventId = `e${Math.floor((i * total) / labelled)}`
    await store.label({
      detector,
      eventId,
      label: i % 3 === 0 ? 'normal' : 'anomaly',
      labelledAt: until,
      by: 'bench',
      note: null,
    })
  }
}

// What no interface brings: counts without their decisions. The stream that the bench starts is empty, so its partition begins anew.
function countDecisions(
  file: string,
  detector: string,
  { from, until, decisions }: Span & { readonly decisions: number },
): void {
  const db = new DatabaseSync(file)
  const minutes = (until - from) / minuteMs
  const events = Math.round(decisions / minutes)
  const histogram = JSON.stringify(Array.from({ length: bins }, (_, bin) => (bin === 0 ? events : 0)))
  const put = db.prepare('insert into rollup values (?, ?, 1, 9, ?, 0, ?, 0.0, ?)')
  db.exec('begin')
  for (let minute = 0; minute < minutes; minute++)
    put.run(detector, from + minute * minuteMs, events, events * 40, histogram)
  db.prepare('insert into tally (detector, part, events, first_event_time) values (?, 9, ?, ?)').run(
    detector,
    events * minutes,
    from,
  )
  db.prepare('update position set next = 0, watermark = ? where detector = ?').run(until, detector)
  db.prepare('insert into router select ?, 0, max(number) from alert').run(detector)
  db.exec('commit')
  db.close()
}

// Nothing in, the facts of an invented day of card payments out: always the same ones.

import type { AlertView } from '../../src/core/alert.ts'
import type { Reason } from '../../src/core/decision.ts'
import { Random } from '../../src/core/random.ts'
import type { DayFacts } from '../../src/report/report.ts'

const start = Date.parse('2026-03-02T23:00:00Z')
const minuteMs = 60_000
const threshold = 0.4127

const signs: readonly ((random: Random) => Reason)[] = [
  (random) => {
    const amount = Math.round(40_000 + random.exponential(45_000)) / 100
    return reason('amount', amount, `amount ${amount.toFixed(2)} is high (usual: 4.10 to 96.00)`)
  },
  (random) => {
    const terminal = `T${1000 + random.below(40)}`
    return reason('terminal_id', terminal, `terminal_id ${terminal} is seen in anomalies more often than others`)
  },
  (random) => {
    const hours = 1 + random.below(4)
    return reason('hour', hours, `hour ${hours} is low (usual: 8 to 21)`)
  },
  () => reason('country', 'A&B "<x>"', 'country A&B "<x>" is rare (0.02% of history)'),
  (random) => {
    const n = 6 + random.below(20)
    return reason('payments_24h', n, `payments_24h ${n} is high (usual: 0 to 3)`)
  },
]

function reason(feature: string, value: Reason['value'], text: string): Reason {
  return { feature, value, contribution: 1.5, text }
}

// Two cards are hit again and again.
function entityOf(i: number, random: Random): string {
  const entity = `C${10_000 + random.below(2000)}`
  return i % 6 === 0 ? `C1007${(i / 6) % 2}` : entity
}

function alert(i: number, random: Random): AlertView {
  const reasons = random
    .shuffle([...signs])
    .map((sign) => sign(random))
    .slice(0, 3)
  const label = (['anomaly', 'anomaly', 'normal', null, null, null] as const)[random.below(6)]!
  const amount = reasons.find(({ feature }) => feature === 'amount')?.value
  const isBurst = random.uniform() < 0.5
  return {
    id: `al_${String(i).padStart(4, '0')}`,
    detector: 'card-fraud',
    eventId: `t${i}`,
    eventTime:
      start +
      Math.floor((isBurst ? 13 + random.uniform() * 3 : random.uniform() * 24) * 60) * minuteMs +
      random.below(60_000),
    groupKey: `C${i}`,
    entity: entityOf(i, random),
    amount: typeof amount === 'number' ? amount : Math.round(random.exponential(9_000)) / 100,
    score: threshold + (1 - threshold) * Math.sqrt(random.uniform()),
    threshold,
    modelVersion: 4,
    reasons,
    label,
    labelledBy: label === null ? null : 'ada',
    labelledAt: label === null ? null : start + 20 * 60 * minuteMs,
    deliveries: [],
  }
}

function rollup(minute: number, alerts: readonly AlertView[], random: Random) {
  const hour = minute / 60
  const events = Math.floor(4 + 24 * Math.max(0, Math.sin(((hour - 5) / 19) * Math.PI)) + random.below(5))
  const own = alerts.filter(({ eventTime }) => Math.floor((eventTime - start) / minuteMs) === minute)
  const scoreHistogram = Array.from({ length: 20 }, () => 0)
  for (const { score } of own) scoreHistogram[Math.min(19, Math.floor(score * 20))]!++
  for (let i = own.length; i < events; i++) scoreHistogram[Math.min(8, Math.floor(random.exponential(0.012) * 20))]!++
  return {
    minute: start + minute * minuteMs,
    modelVersion: minute < 900 ? 3 : 4,
    events,
    amount: events * 61.27,
    scoreHistogram,
  }
}

/** A spring day in Europe/Berlin: 47 alerts, some answered; late arrivals; dead letters; a new model in the afternoon. */
export function sampleDay(): DayFacts {
  const random = new Random(7)
  const alerts = Array.from({ length: 47 }, (_, i) => alert(i, random))
  return {
    detector: 'card-fraud',
    day: '2026-03-03',
    timeZone: 'Europe/Berlin',
    isClosed: true,
    hasAmount: true,
    rollups: Array.from({ length: 1440 }, (_, minute) => rollup(minute, alerts, random)),
    alerts,
    lateArrivals: [
      { eventTime: start - 5 * minuteMs, events: 11 },
      { eventTime: start - 1500 * minuteMs, events: 2 },
    ],
    deadLetters: 3,
    held: [
      { policy: 'mail', reason: 'grouped', alerts: 9 },
      { policy: 'mail', reason: 'quiet', alerts: 2 },
      { policy: 'pager', reason: 'rest', alerts: 21 },
    ],
    skippedDays: null,
    health: {
      modelVersion: 4,
      days: 28,
      answers: {
        ...{ alerts: 612, anomalies: 288, normals: 174, answeredShare: 462 / 612, isMature: false },
        precision: { value: 288 / 462, low: 0.5783, high: 0.6664 },
      },
      drift: {
        events: 26_410,
        score: { psi: 0.03, severity: 'steady' },
        ...{ shifted: 1, drifted: 1 },
        features: [
          { name: 'terminal_id', psi: 0.412, severity: 'drifted' },
          { name: 'payments_24h', psi: 0.134, severity: 'shifted' },
        ],
      },
    },
    before: Array.from({ length: 28 }, (_, i) => ({
      day: new Date(Date.parse('2026-03-02') - i * 86_400_000).toISOString().slice(0, 10),
      events: 20_000 + 150 * i,
      alerts: 20 + (i % 5),
      amountAtRisk: 9_000 + 40 * i,
    })),
  }
}

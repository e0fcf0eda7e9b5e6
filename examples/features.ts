// Declared features of a history, in columns, and of the events that come after it. Run it with:
//   node --conditions=tocsin-source examples/features.ts

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateCards, LiveFeatures, parseConfig, planFeatures, readHistory, replayHistory, writeCsv } from 'tocsin'

const path = join(await mkdtemp(join(tmpdir(), 'tocsin-example-')), 'history.csv')
const payments = [...generateCards({ seed: 2, days: 5, transactionsPerDay: 500 })]
await writeCsv(path, payments)

const config = parseConfig({
  detector: 'card-fraud',
  events: { id: 'transaction_id', time: 'time', label: 'is_fraud', amount: 'amount', entity: 'card_id' },
  features: {
    columns: ['amount'],
    windows: [{ over: 'card_id', windows: ['1h', '24h'], aggregate: ['count', 'mean(amount)'], usual: ['amount'] }],
  },
})
const { schema, history } = await readHistory(path, { ...config.events, detector: config.detector })
const { features, derived } = planFeatures({ declaration: config.features, schema, history, timeZone: 'UTC' })
const { columns, memories } = replayHistory({ features, derived }, schema, history, history.rows)
for (const [place, { name }] of features.entries()) console.log(name, columns[place]?.at(-1))

if (derived) {
  const live = new LiveFeatures({ schema, features, derived, replayed: memories })
  // The last card pays once more, ten minutes later.
  const { card_id, time } = payments.at(-1)!
  const event = { fields: { card_id, amount: 812.5 }, time: Date.parse(time) + 600_000 }
  live.hold(live.missing([event]), [])
  console.log(live.vectors([event]))
}

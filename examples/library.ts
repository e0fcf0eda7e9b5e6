// From a program: learn from a file of history, then score an event and say why. Run it with:
//   node --conditions=tocsin-source examples/library.ts

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScorer, generateCards, historyEvents, loadModel, parseConfig, trainDetector, writeCsv } from 'tocsin'

const dir = await mkdtemp(join(tmpdir(), 'tocsin-example-'))
const history = join(dir, 'history.csv')
await writeCsv(history, generateCards({ seed: 2, days: 20, transactionsPerDay: 1500 }))

const config = parseConfig({
  detector: 'card-fraud',
  dataDir: join(dir, 'data'),
  events: { id: 'transaction_id', time: 'time', label: 'is_fraud', amount: 'amount', entity: 'card_id' },
  operatingPoint: { alertsPerDay: 10 },
})
const { artifact, heldOut, schema, version } = await trainDetector(config, history)
const { value, low, high } = artifact.evaluation.averagePrecision
console.log(`version ${version}: average precision ${value.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})`)

const scorer = createScorer({
  artifact,
  model: loadModel(artifact),
  modelVersion: version,
  labelInStream: 'refuse',
  unknownFields: 'refuse',
})
for (const fields of historyEvents(heldOut, schema)) {
  const event = scorer.parse(fields, { id: '', time: 0 })
  const [decision] = scorer.decide([event])
  if (decision?.outcome !== 'alert') continue
  console.log(`${event.id}: score ${decision.score.toFixed(2)}, ${decision.reasons.map(({ text }) => text).join('; ')}`)
  break
}

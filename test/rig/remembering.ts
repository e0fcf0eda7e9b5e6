// Nothing in, a small model whose features remember out: windows over the card, and over the country, which is not the partition key.

import type { Column, History } from '../../src/core/column.ts'
import { featuresSection } from '../../src/core/declaration.ts'
import { planFeatures } from '../../src/features/plan.ts'
import type { Artifact, Derived } from '../../src/model/model.ts'
import { smallArtifact } from './artifact.ts'

const amounts = [4.5, 10, 96.2]
const numbers: Column = { kind: 'number', name: 'amount', values: Float64Array.from(amounts) }
const texts = (name: string, dictionary: string[]): Column => ({
  kind: 'category',
  name,
  codes: Int32Array.of(0, 1, 1),
  dictionary,
})
const history: History = {
  rows: 3,
  ids: ['a', 'b', 'c'],
  times: Float64Array.of(0, 1000, 2000),
  labels: Uint8Array.of(0, 1, 0),
  weights: new Float64Array(3).fill(1),
  amounts: null,
  entities: null,
  columns: new Map([
    ['amount', numbers],
    ['card', texts('card', ['c1', 'c2'])],
    ['country', texts('country', ['DE', 'FR'])],
  ]),
}

/** The small artifact, alerting by its first feature, the amount; with windows and labels that come back after a day. */
export function rememberingArtifact(allowedLateness: string): Artifact & { readonly derived: Derived } {
  const declaration = featuresSection.parse({
    columns: ['amount', 'country'],
    allowedLateness,
    called: 'payment',
    windows: [
      {
        over: 'card',
        windows: ['1h', '1d', '30d'],
        aggregate: ['count', 'mean(amount)', 'std(amount)', 'max(amount)', 'distinct(country)', 'timeSinceLast'],
        usual: ['amount'],
        feedback: { delay: '1d' },
      },
      { over: 'country', windows: ['1d'], aggregate: ['count', 'sum(amount)'] },
    ],
  })
  const { features, derived } = planFeatures({
    ...{ declaration, history, timeZone: 'UTC' },
    schema: smallArtifact.schema,
  })
  // Its bins are of other features.
  const { baseline: _, ...others } = smallArtifact
  return { ...others, features, derived: derived! }
}

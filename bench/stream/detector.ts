// A matrix of thirty columns in, a detector for it out: 100 trees of depth 6, one event in a thousand alerts; and its events as JSON lines.

import type { FieldKind } from '../../src/core/event.ts'
import type { Artifact } from '../../src/model/model.ts'
import { cardLike } from '../cardlike.ts'
import { testVectors, trainOurs } from '../subject.ts'

export const detector = 'bench'
/** What signs in at the Kinesis door. */
export const credential = { accessKeyId: 'AKIDBENCH', secretAccessKey: 'a secret of the bench' }

const width = 30
const rows = 40_000
const alertShare = 0.001

/** What the stream's bodies are cut from: all but the id and the time of some thousands of events. */
export type Detector = { readonly artifact: Artifact; readonly bodies: readonly string[] }

export async function makeDetector(): Promise<Detector> {
  const matrix = cardLike(rows, width, 7)
  const training = { threads: 2, trees: 100, depth: 6, leaves: 64, bins: 255, learningRate: 0.1 }
  const { artifact, model } = await trainOurs(matrix, training)
  const vectors = testVectors(matrix)
  const count = vectors.length / width
  const scores = new Float64Array(count)
  model.scoreMany(vectors, count, scores)
  const threshold = [...scores].sort((a, b) => b - a)[Math.round(count * alertShare)]!
  const field = (name: string, kind: FieldKind) => ({ name, kind, isNullable: false })
  const schema = {
    ...artifact.schema,
    ...{ detector, id: 'id', time: { column: 'time', unit: 'ms' as const }, entity: 'card' },
    fields: [
      ...[field('id', 'category'), field('time', 'number'), field('card', 'category')],
      ...matrix.names.map((name) => field(name, 'number')),
    ],
  }
  const bodies = Array.from({ length: count }, (_, row) => {
    const values = matrix.names.map((name, column) => [name, Number(vectors[row * width + column]!.toPrecision(7))])
    return `"card":"c${row % 2000}",${JSON.stringify(Object.fromEntries(values)).slice(1)}`
  })
  return { artifact: { ...artifact, schema, operatingPoint: { ...artifact.operatingPoint, threshold } }, bodies }
}

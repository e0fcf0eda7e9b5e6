// Artifact ↔ bytes: a magic line with the format and the content's SHA-256, then canonical JSON.

import { z } from 'zod'
import { binsOf } from '../core/binning.ts'
import { canonicalJson, sha256 } from '../core/digest.ts'
import { TocsinError } from '../core/error.ts'
import type { Artifact, Baseline, ForestData, LinearData, TreesData } from './artifact.ts'
import { derivedSchema } from './derived.ts'

const format = 1
const retrain = 'Train again, or copy the file again from where it came.'

const count = z.int().min(0)
const interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() })
const numbers = z.array(z.number())

const eventSchema = z.strictObject({
  detector: z.string(),
  id: z.string().nullable(),
  time: z
    .strictObject({ column: z.string(), unit: z.enum(['iso', 's', 'ms', 'us']), origin: z.string().exactOptional() })
    .nullable(),
  entity: z.string().nullable(),
  amount: z.string().nullable(),
  label: z.strictObject({ column: z.string(), anomaly: z.string() }),
  weight: z.string().nullable(),
  fields: z.array(
    z.strictObject({ name: z.string(), kind: z.enum(['number', 'category', 'boolean']), isNullable: z.boolean() }),
  ),
  features: z.array(z.string()),
})

const feature = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.literal('number') }),
  z.strictObject({ name: z.string(), kind: z.literal('category'), dictionary: z.array(z.string()) }),
])

const treesData = z.strictObject({
  baseMargin: z.number(),
  float32: z.strictObject({ divisor: z.number().positive(), last: z.number() }).exactOptional(),
  roots: z.array(count).min(1),
  feature: z.array(z.int().min(-1)),
  threshold: numbers,
  left: z.array(count),
  missingLeft: z.array(z.int().min(0).max(1)),
  value: numbers,
  cover: z.array(z.number().positive()),
  categorySets: z.array(z.array(count)),
})

const linearData = z.strictObject({
  bias: z.number(),
  terms: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('number'),
        slope: z.number(),
        mean: z.number(),
        present: z.number(),
        missing: z.number(),
      }),
      z.strictObject({ kind: z.literal('category'), values: numbers, missing: z.number() }),
    ]),
  ),
})

const forestData = z.strictObject({
  coordinates: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('number'), mean: z.number(), scale: z.number().positive() }),
      z.strictObject({ kind: z.literal('category'), values: numbers, missing: z.number() }),
    ]),
  ),
  roots: z.array(count).min(2),
  feature: z.array(z.int().min(-1)),
  cut: numbers,
  left: z.array(count),
  mass: z.array(z.int().min(1)),
  points: z.base64(),
  typical: numbers,
})

const operatingPoint = z.strictObject({
  threshold: z.number(),
  chosenBy: z.union([
    z.strictObject({ alertsPerDay: z.number() }),
    z.strictObject({ precision: z.number() }),
    z.strictObject({ recall: z.number() }),
    z.strictObject({
      cost: z.strictObject({ missed: z.union([z.number(), z.literal('amount')]), review: z.number() }),
    }),
  ]),
})

const evaluation = z.strictObject({
  period: z.strictObject({ from: z.number(), to: z.number(), days: z.number() }),
  rows: count,
  anomalies: count,
  events: z.number(),
  averagePrecision: interval,
  rocAuc: interval,
  logLoss: interval,
  brier: interval,
  atOperatingPoint: z.strictObject({
    precision: interval,
    recall: interval,
    alertsPerDay: interval,
    caughtAmount: z.number().nullable(),
    anomalousAmount: z.number().nullable(),
    money: z.strictObject({ caughtShare: interval.nullable(), costPerDay: interval.nullable() }).exactOptional(),
  }),
  baselines: z.strictObject({
    prior: z.strictObject({ averagePrecision: z.number(), logLoss: z.number() }),
    bestFeature: z.strictObject({ name: z.string(), averagePrecision: interval }),
  }),
})

const sketch = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.literal('number'), missing: z.number(), quantiles: numbers }),
  z.strictObject({
    name: z.string(),
    kind: z.literal('category'),
    missing: z.number(),
    shares: z.array(z.tuple([z.string(), z.number()])),
  }),
])

const binShares = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('number'), edges: numbers, shares: numbers }),
  z.strictObject({ kind: z.literal('category'), places: z.array(count), shares: numbers }),
])

const baseline = z.strictObject({
  rows: count,
  scoreRows: count,
  score: z.strictObject({ kind: z.literal('number'), edges: numbers, shares: numbers }),
  features: z.array(binShares),
  importance: numbers,
})

const algorithm = z.enum(['boostedTrees', 'linear', 'randomCutForest'])

const base = {
  format: z.literal(format),
  codeVersion: z.string(),
  schema: eventSchema,
  features: z.array(feature).min(1),
  derived: derivedSchema.exactOptional(),
  hyperparameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  calibration: z.strictObject({ margins: numbers.min(1), scores: z.array(z.number().gt(0).lt(1)).min(1) }),
  operatingPoint,
  evaluation,
  sketches: z.array(sketch),
  baseline: baseline.exactOptional(),
  training: z.strictObject({
    fingerprint: z.string(),
    rows: count,
    anomalies: count,
    from: z.number(),
    to: z.number(),
    seed: count,
  }),
  choice: z
    .strictObject({
      algorithm,
      why: z.string(),
      candidates: z.array(z.strictObject({ algorithm, averagePrecision: z.number(), behind: interval })),
    })
    .exactOptional(),
}

const artifactSchema: z.ZodType<Artifact> = z.discriminatedUnion('algorithm', [
  z.strictObject({ ...base, algorithm: z.literal('boostedTrees'), trees: treesData }),
  z.strictObject({ ...base, algorithm: z.literal('linear'), linear: linearData }),
  z.strictObject({ ...base, algorithm: z.literal('randomCutForest'), forest: forestData }),
])

/** SHA-256 of the artifact's canonical JSON: its name by content. */
export function artifactDigest(artifact: Artifact): string {
  return sha256(canonicalJson(artifact))
}

/** The file's bytes; the same artifact gives the same bytes. */
export function encodeArtifact(artifact: Artifact): Uint8Array {
  const body = canonicalJson(artifact)
  return new TextEncoder().encode(`tocsin-model ${format} ${sha256(body)}\n${body}`)
}

/**
 * Reads and checks a model file. Throws TocsinError `MODEL_FOREIGN` (not a model of ours), `MODEL_TOO_NEW` (written by a
 * later version), `MODEL_CORRUPT` (cut off, changed, or inconsistent).
 */
export function decodeArtifact(bytes: Uint8Array): Artifact {
  const text = new TextDecoder().decode(bytes)
  const body = checkedBody(text)
  const parsed = artifactSchema.safeParse(parseJson(body))
  if (!parsed.success) throw corrupt(z.prettifyError(parsed.error))
  const fault = inconsistency(parsed.data)
  if (fault) throw corrupt(fault)
  return parsed.data
}

function checkedBody(text: string): string {
  const magic = /^tocsin-model (\d+) ([0-9a-f]{64})\n/.exec(text)
  if (!magic) {
    const found = JSON.stringify(text.slice(0, 40))
    throw new TocsinError(
      'MODEL_FOREIGN',
      `Not a Tocsin model: it begins with ${found}; expected a first line "tocsin-model ${format} <sha256>". Give a file that tocsin train wrote.`,
    )
  }
  if (Number(magic[1]) > format)
    throw new TocsinError(
      'MODEL_TOO_NEW',
      `The model has format ${magic[1]}; this version of Tocsin reads up to ${format}. Update Tocsin, or train again with this version.`,
    )
  const body = text.slice(magic[0].length)
  const found = sha256(body)
  if (found !== magic[2]) throw corrupt(`its content has SHA-256 ${found}; its first line says ${magic[2]}`)
  return body
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw corrupt(`its content is not JSON: ${(cause as Error).message}`, cause)
  }
}

function corrupt(fault: string, cause?: unknown): TocsinError {
  return new TocsinError('MODEL_CORRUPT', `The model file is damaged: ${fault}. ${retrain}`, { cause })
}

// What types can't say: lengths agree, children come in pairs after their parent and inside its tree, indexes exist.
function inconsistency(artifact: Artifact): string | null {
  const { margins, scores } = artifact.calibration
  if (margins.length !== scores.length) return `calibration has ${margins.length} margins and ${scores.length} scores`
  if (!ascending(margins, 0) || !ascending(scores, 0)) return 'calibration is not increasing'
  const uncounted = artifact.baseline && inconsistentBaseline(artifact.baseline, artifact.features)
  if (uncounted) return uncounted
  switch (artifact.algorithm) {
    case 'boostedTrees':
      return inconsistentTrees(artifact.trees, artifact.features)
    case 'linear':
      return inconsistentTerms('linear.terms', artifact.linear.terms, artifact.features)
    case 'randomCutForest':
      return inconsistentForest(artifact.forest, artifact.features)
  }
}

function inconsistentBaseline({ score, features, importance }: Baseline, specs: Artifact['features']): string | null {
  if (features.length !== specs.length || importance.length !== specs.length)
    return `baseline has ${features.length} features; expected ${specs.length}`
  if (features.some(({ kind }, place) => kind !== specs[place]!.kind))
    return 'baseline takes a feature for another kind'
  return [score, ...features].some((bins) => bins.shares.length !== binsOf(bins))
    ? 'baseline has bins without a share'
    : null
}

type Term = LinearData['terms'][number] | ForestData['coordinates'][number]

function inconsistentTerms(where: string, terms: readonly Term[], features: Artifact['features']): string | null {
  if (terms.length !== features.length) return `${where} has ${terms.length} entries; expected ${features.length}`
  for (const [place, feature] of features.entries()) {
    const term = terms[place]!
    if (term.kind !== feature.kind) return `${where} takes ${feature.name} for a ${term.kind}; it is a ${feature.kind}`
    if (term.kind === 'category' && feature.kind === 'category' && term.values.length !== feature.dictionary.length)
      return `${where} has ${term.values.length} values of ${feature.name}; expected ${feature.dictionary.length}`
  }
  return null
}

function inconsistentForest(forest: ForestData, features: Artifact['features']): string | null {
  const { roots, feature, left, points, typical } = forest
  const nodes = feature.length
  for (const key of ['cut', 'left', 'mass'] as const)
    if (forest[key].length !== nodes) return `forest.${key} has ${forest[key].length} entries; expected ${nodes}`
  if (roots[0] !== 0 || roots.at(-1) !== nodes || !ascending(roots, 1))
    return 'forest.roots do not divide the nodes into trees'
  if (typical.length !== features.length)
    return `forest.typical has ${typical.length} entries; expected ${features.length}`
  const pointCount = Buffer.from(points, 'base64').length / (4 * features.length)
  for (let tree = 0; tree + 1 < roots.length; tree++)
    for (let node = roots[tree]!; node < roots[tree + 1]!; node++) {
      const child = left[node]!
      if (feature[node]! >= features.length) return `forest node ${node} cuts coordinate ${feature[node]}`
      if (feature[node]! < 0 && child >= pointCount) return `forest node ${node} names point ${child} of ${pointCount}`
      if (feature[node]! >= 0 && (child <= node || child + 1 >= roots[tree + 1]!))
        return `forest node ${node} has children outside its tree`
    }
  return inconsistentTerms('forest.coordinates', forest.coordinates, features)
}

function inconsistentTrees(trees: TreesData, features: Artifact['features']): string | null {
  const nodes = trees.feature.length
  for (const key of ['threshold', 'left', 'missingLeft', 'value', 'cover'] as const)
    if (trees[key].length !== nodes) return `trees.${key} has ${trees[key].length} entries; expected ${nodes}`
  if (trees.roots[0] !== 0 || trees.roots.at(-1) !== nodes || !ascending(trees.roots, 1))
    return 'trees.roots do not divide the nodes into trees'
  return brokenNode(trees, features)
}

function brokenNode(trees: TreesData, features: Artifact['features']): string | null {
  for (let tree = 0; tree + 1 < trees.roots.length; tree++)
    for (let node = trees.roots[tree]!; node < trees.roots[tree + 1]!; node++) {
      const tested = trees.feature[node]!
      if (tested < 0) continue
      const spec = features[tested]
      if (!spec) return `node ${node} reads feature ${tested}; the model has ${features.length}`
      const left = trees.left[node]!
      if (left <= node || left + 1 >= trees.roots[tree + 1]!) return `node ${node} has children outside its tree`
      if (spec.kind === 'category' && !trees.categorySets[trees.threshold[node]!])
        return `node ${node} names a category set that is not there`
    }
  return null
}

function ascending(values: readonly number[], leastStep: 0 | 1): boolean {
  return values.every((value, i) => i === 0 || value - values[i - 1]! >= leastStep)
}

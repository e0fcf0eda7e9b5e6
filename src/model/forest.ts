// Random cut trees in, how far a point lies from what they hold out, part by part.
//
// Score of the open-source Random Cut Forest (Guha, Mishra, Roy & Schrijvers 2016): a point that a cut would part from all below a
// node of depth d counts 1 / (d + 1), times the chance of such a cut; one that sits on a leaf counts
// (1 − leaf / (2 tree)) / (d + log2(1 + leaf)); both times log2(1 + tree); the mean over the trees. The chance of a cut is a sum
// over coordinates of how far the point leaves the box, so each has its part.

import type { Coordinate, ForestData } from './artifact.ts'

const largest = 3.4028234663852886e38
// Beyond this, coordinates of float32 boxes would overflow when added up.
const farthest = 1e30

/** One tree: what a walk needs to see of it. */
export type Walkable = {
  readonly feature: Int32Array
  readonly cut: Float64Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly mass: Int32Array
  /** By node and coordinate. */
  readonly low: Float32Array
  readonly high: Float32Array
}

/** Adds a tree's parts of one point to `out`: one for each coordinate, then what no coordinate accounts for. */
export function createWalk(
  width: number,
): (tree: Walkable, root: number, point: Float32Array, out: Float64Array) => void {
  const parts = new Float64Array(width)
  const path: number[] = []
  return (tree, root, point, out) => {
    const { feature, cut, left, right, mass, low, high } = tree
    path.length = 0
    for (let node = root; ; ) {
      path.push(node)
      if (feature[node]! < 0) break
      node = point[feature[node]!]! <= cut[node]! ? left[node]! : right[node]!
    }
    parts.fill(0)
    let rest = 0
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const node = path[depth]!
      const base = node * width
      let [out, range] = [0, 0]
      for (let i = 0; i < width; i++) {
        out += Math.max(0, low[base + i]! - point[i]!, point[i]! - high[base + i]!)
        range += high[base + i]! - low[base + i]!
      }
      if (out === 0) {
        const leaf = mass[node]!
        if (depth < path.length - 1) break
        rest = (1 - leaf / (2 * mass[root]!)) / (depth + Math.log2(1 + leaf))
        continue
      }
      const chance = out / (out + range)
      const share = chance / (depth + 1) / out
      rest *= 1 - chance
      for (let i = 0; i < width; i++)
        parts[i] =
          parts[i]! * (1 - chance) + share * Math.max(0, low[base + i]! - point[i]!, point[i]! - high[base + i]!)
    }
    const normaliser = Math.log2(1 + mass[root]!)
    for (let i = 0; i < width; i++) out[i]! += parts[i]! * normaliser
    out[width]! += rest * normaliser
  }
}

/** Vector → coordinates, into `point`. */
export function createProjection(
  coordinates: readonly Coordinate[],
): (vectors: Float32Array, offset: number, point: Float32Array) => void {
  return (vectors, offset, point) => {
    for (const [place, coordinate] of coordinates.entries())
      point[place] = coordinateOf(coordinate, vectors[offset + place]!)
  }
}

function coordinateOf(coordinate: Coordinate, x: number): number {
  if (coordinate.kind === 'category')
    return Number.isNaN(x) ? coordinate.missing : (coordinate.values[x] ?? coordinate.missing)
  if (Number.isNaN(x)) return 0
  const z = (Math.max(-largest, Math.min(largest, x)) - coordinate.mean) / coordinate.scale
  return Math.max(-farthest, Math.min(farthest, z))
}

/** `margin` is the score; contributions tell each feature's part beyond its usual one, then what is usual. */
export function createForestScorer(forest: ForestData): {
  margin(vectors: Float32Array, offset?: number): number
  contributions(vectors: Float32Array, offset?: number): Float64Array
} {
  const width = forest.coordinates.length
  const trees = readTrees(forest, width)
  const count = forest.roots.length - 1
  const project = createProjection(forest.coordinates)
  const walk = createWalk(width)
  const usual = forest.typical.reduce((sum, part) => sum + part, 0)
  const point = new Float32Array(width)
  const contributions = (vectors: Float32Array, offset = 0) => {
    const parts = new Float64Array(width + 1)
    project(vectors, offset, point)
    for (let tree = 0; tree < count; tree++) walk(trees, forest.roots[tree]!, point, parts)
    for (let i = 0; i < width; i++) parts[i] = parts[i]! / count - forest.typical[i]!
    parts[width] = parts[width]! / count + usual
    return parts
  }
  return {
    contributions,
    margin: (vectors, offset) => contributions(vectors, offset).reduce((sum, part) => sum + part),
  }
}

// Boxes are not stored: children come after their parents, so one pass backwards unites them.
function readTrees({ feature, cut, left, mass, points }: ForestData, width: number): Walkable {
  const nodes = feature.length
  const bytes = Buffer.from(points, 'base64')
  const low = new Float32Array(nodes * width)
  const high = new Float32Array(nodes * width)
  for (let node = nodes - 1; node >= 0; node--)
    for (let i = 0; i < width; i++) {
      const at = node * width + i
      const first = left[node]! * width + i
      low[at] = feature[node]! < 0 ? bytes.readFloatLE(first * 4) : Math.min(low[first]!, low[first + width]!)
      high[at] = feature[node]! < 0 ? low[at]! : Math.max(high[first]!, high[first + width]!)
    }
  return {
    feature: Int32Array.from(feature),
    cut: Float64Array.from(cut),
    left: Int32Array.from(left),
    right: Int32Array.from(left, (child) => child + 1),
    mass: Int32Array.from(mass),
    low,
    high,
  }
}

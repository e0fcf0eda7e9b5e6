// A stream of points in, a random cut forest that knows the latest of them out; nothing needs a label.

import { Random } from '../core/random.ts'
import { createWalk, type ForestData } from '../model/model.ts'
import { CutTree } from './cutTree.ts'

export type ForestOptions = {
  /** Coordinates of a point. */
  readonly width: number
  readonly trees: number
  /** Points that a tree holds. */
  readonly sampleSize: number
  readonly seed: number
  /** A point that is 1 / decay events old is kept e times less often than a new one; 0 keeps all alike. */
  readonly decay: number
}

export type Forest = {
  /** Takes the next point; trees that sample it forget another once they are full. `events`: how many it stands for. */
  update(point: Float32Array, events?: number): void
  /** How far from what the forest holds: about 1 for the ordinary, more for what stands out; 0 while it is empty. */
  score(point: Float32Array): number
  /** The score by coordinate, then what no coordinate accounts for. */
  parts(point: Float32Array): Float64Array
  /** The trees as plain data. */
  toData(): Pick<ForestData, 'roots' | 'feature' | 'cut' | 'left' | 'mass' | 'points'>
}

/** Deterministic by seed. Throws TypeError for a point of another width or with what is not a finite number. */
export function createForest({ width, trees, sampleSize, seed, decay }: ForestOptions): Forest {
  const random = new Random(seed)
  const grown = Array.from({ length: trees }, () => createMember(sampleSize, width, random.bits()))
  const walk = createWalk(width)
  let events = 0
  const check = (point: Float32Array) => {
    if (point.length !== width || !point.every(Number.isFinite))
      throw new TypeError(`forest: a point of ${point.length} numbers; expected ${width} finite ones`)
  }
  const parts = (point: Float32Array) => {
    check(point)
    const out = new Float64Array(width + 1)
    for (const { tree } of grown) if (tree.root >= 0) walk(tree, tree.root, point, out)
    return out.map((part) => part / trees)
  }
  return {
    update(point, stands = 1) {
      check(point)
      events += stands
      for (const member of grown) member.update(point, stands, decay * events)
    },
    parts,
    score: (point) => parts(point).reduce((sum, part) => sum + part),
    toData: () =>
      flatten(
        grown.map(({ tree }) => tree),
        width,
      ),
  }
}

type Member = { readonly tree: CutTree; update(point: Float32Array, events: number, age: number): void }

// Weighted reservoir with exponential decay (Efraimidis & Spirakis 2006, in logarithms): the least keys stay.
function createMember(sampleSize: number, width: number, seed: number): Member {
  const random = new Random(seed)
  const tree = new CutTree(sampleSize, width, random)
  const keys: number[] = []
  const leaves: number[] = []
  let worst = 0
  return {
    tree,
    update(point, events, age) {
      const key = Math.log(-Math.log(1 - random.uniform())) - Math.log(events) - age
      const isFull = keys.length === sampleSize
      if (isFull && key >= keys[worst]!) return
      const slot = isFull ? worst : keys.length
      if (isFull) tree.delete(leaves[slot]!)
      keys[slot] = key
      leaves[slot] = tree.insert(point)
      if (keys.length === sampleSize) worst = keys.reduce((most, held, i) => (held > keys[most]! ? i : most), 0)
    },
  }
}

// Each tree from its root, children next to each other; equal points are written once.
function flatten(trees: readonly CutTree[], width: number): ReturnType<Forest['toData']> {
  const data = { roots: [0], feature: [] as number[], cut: [] as number[], left: [] as number[], mass: [] as number[] }
  const points = new Map<string, number>()
  const pointOf = (tree: CutTree, leaf: number) => {
    const bytes = Buffer.alloc(4 * width)
    for (let i = 0; i < width; i++) bytes.writeFloatLE(tree.low[leaf * width + i]!, 4 * i)
    const text = bytes.toString('latin1')
    if (!points.has(text)) points.set(text, points.size)
    return points.get(text)!
  }
  for (const tree of trees) {
    const order = [tree.root]
    const first = data.feature.length
    for (const node of order) {
      const isLeaf = tree.feature[node]! < 0
      data.feature.push(tree.feature[node]!)
      data.cut.push(isLeaf ? 0 : tree.cut[node]!)
      data.mass.push(tree.mass[node]!)
      data.left.push(isLeaf ? pointOf(tree, node) : first + order.length)
      if (!isLeaf) order.push(tree.left[node]!, tree.right[node]!)
    }
    data.roots.push(data.feature.length)
  }
  return { ...data, points: Buffer.from([...points.keys()].join(''), 'latin1').toString('base64') }
}

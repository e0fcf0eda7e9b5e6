// Trees in, a predictor in WebAssembly SIMD out, equal to the plain walker to the last bit; nothing where the trees don't suit it.
//
// Where the time of a row goes: a one-off timing of 100 full trees of depth 6 with 210 thresholds for each of 30 features, on a
// Xeon with two busy cores, November 2026 (bench/predict.ts compares trained models with other libraries). Ranking the features
// takes 0.12 µs in a chunk and 0.18 µs alone; a binary search took 0.94. The rest, by difference, is the walk: 0.75 µs alone; 0.9 µs
// in a chunk, and 0.5 µs where the upper four levels are SIMD tests of sixteen rows. Counted in the source a step is some eight
// instructions, and 100 such trees are 100 kB, taken one tree at a time: so their number should be the limit, not memory.
//
// One thread: handing work to another costs tens of µs. Who scores a history's worth of rows has scoringTeam.ts split them.

import type { FeatureSpec, TreesData } from './artifact.ts'
import { type Columns, columnsOf } from './columns.ts'
import { createPredictKernel } from './kernel/wasm.ts'
import { finisher, type Predictor } from './predictor.ts'
import { placeFrom, planQuantiser, writeNode, writeWords } from './quantiser.ts'
import { upperPart } from './upper.ts'

const chunkRows = 64
/** Fewer rows than these are scored one by one: a chunk always does the work of sixteen. */
const leastChunk = 6
/** Every walk takes as many steps as the deepest tree of its group; beyond this the plain walker, which stops at leaves, is better. */
const mostDepth = 64
/** 16 bytes a node. */
const mostNodes = 2 ** 26
const groupTrees = 8
const treeBytes = 144
const groupBytes = 36

/**
 * Compiles trees, in some 10 to 50 ms for 100 trees of 64 leaves in a fresh process. Memory: 16 bytes a node, 144 a tree, 8 a test of an upper part, 4 to 8
 * a threshold, 130 a column. Null without WebAssembly SIMD, and for trees deeper than 64 or with more than 65,533 distinct
 * thresholds in a feature: then the plain walker serves.
 */
export function compilePredictor(trees: TreesData, features: readonly FeatureSpec[]): Predictor | null {
  const height = heights(trees)
  const columns = height && trees.feature.length <= mostNodes ? columnsOf(trees, features) : null
  if (!height || !columns) return null
  const plan = planOf(trees, features.length, columns, height)
  const made = createPredictKernel(plan.bytes)
  if (!made) return null
  write(plan, made.buffer)
  return predictorOf(plan, made)
}

// Steps to the deepest leaf below; children come after their parents. Null where a tree is too deep.
function heights({ feature, left }: TreesData): Uint8Array | null {
  const height = new Uint8Array(feature.length)
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node]! < 0) continue
    const steps = 1 + Math.max(height[left[node]!]!, height[left[node]! + 1]!)
    if (steps > mostDepth) return null
    height[node] = steps
  }
  return height
}

type Plan = ReturnType<typeof planOf>

// Where everything lies. One leaf more than the trees have, of value −0 (adding which changes nothing), fills the last group.
function planOf(trees: TreesData, width: number, columns: Columns, height: Uint8Array) {
  const { place, end } = placeFrom(16)
  const nodeCount = trees.feature.length + 1
  const treeCount = trees.roots.length - 1
  const groupCount = Math.ceil(treeCount / groupTrees)
  const uppers = trees.roots.slice(0, -1).map((root) => upperPart({ ...trees, height }, root))
  const quantiser = planQuantiser(columns, width, chunkRows, place)
  const { columnCount } = quantiser
  const one = place(columnCount * 2)
  const chunk = place(columnCount * chunkRows * 2)
  const leaves = place(2 * chunkRows * 2)
  const margins = place(chunkRows * 8)
  const nodes = place(nodeCount * 8)
  const values = place(nodeCount * 8)
  const groups = place(groupCount * groupBytes)
  const upper = place(treeCount * treeBytes)
  const tests = uppers.map(({ low, high }) => place((low.length + high.length) * 8))
  return {
    trees,
    quantiser,
    columns,
    height,
    uppers,
    counts: { nodeCount, treeCount, groupCount },
    at: { one, chunk, leaves, margins, nodes, values, groups, upper, tests },
    bytes: end(),
  }
}

function write(plan: Plan, buffer: ArrayBuffer): void {
  const view = new DataView(buffer)
  plan.quantiser.write(view)
  writeNodes(plan, view)
  writeGroups(plan, view)
  writeUppers(plan, view)
}

function writeNodes({ trees, columns, counts, at }: Plan, view: DataView): void {
  for (let node = 0; node < counts.nodeCount - 1; node++) {
    const next = trees.feature[node]! < 0 ? node : trees.left[node]!
    writeNode(view, at.nodes + node * 8, columns.least[node]!, columns.column[node]!, at.nodes + next * 8)
    view.setFloat64(at.values + node * 8, trees.value[node]!, true)
  }
  const filler = at.nodes + (counts.nodeCount - 1) * 8
  writeNode(view, filler, 65_535, 0, filler)
  view.setFloat64(at.values + (counts.nodeCount - 1) * 8, -0, true)
}

function writeGroups({ trees, height, counts, at }: Plan, view: DataView): void {
  for (let group = 0; group < counts.groupCount; group++) {
    const first = group * groupTrees
    const roots = Array.from({ length: groupTrees }, (_, i) =>
      first + i < counts.treeCount ? trees.roots[first + i]! : counts.nodeCount - 1,
    )
    const depth = Math.max(...roots.map((root) => height[root] ?? 0))
    writeWords(view, at.groups + group * groupBytes, [depth, ...roots.map((root) => at.nodes + root * 8)])
  }
}

function writeUppers({ columns, uppers, at }: Plan, view: DataView): void {
  for (const [tree, { leaves, low, high, depth }] of uppers.entries()) {
    const tests = at.tests[tree]!
    const lies = leaves.map((leaf) => at.nodes + leaf * 8)
    writeWords(view, at.upper + tree * treeBytes, [tests, low.length, high.length, depth, ...lies])
    for (const [i, { node, lost }] of [...low, ...high].entries()) {
      view.setUint32(tests + i * 8, columns.column[node]! * chunkRows * 2, true)
      view.setUint16(tests + i * 8 + 4, columns.least[node]!, true)
      view.setUint16(tests + i * 8 + 6, lost, true)
    }
  }
}

function predictorOf(
  { trees, quantiser, counts, at }: Plan,
  { kernel, buffer }: NonNullable<ReturnType<typeof createPredictKernel>>,
): Predictor {
  const { width } = quantiser
  const input = new Float32Array(buffer, quantiser.vectors, chunkRows * width)
  const sums = new Float64Array(buffer, at.margins, chunkRows)
  const values = at.values - at.nodes
  const finish = finisher(trees)
  const [walkOne, walkChunk] = trees.float32
    ? [kernel.walkOne32, kernel.walkChunk32]
    : [kernel.walkOne, kernel.walkChunk]

  function margin(vectors: Float32Array, offset = 0): number {
    // One by one: for so few numbers the call of `set` costs more.
    for (let i = 0; i < width; i++) input[i] = vectors[offset + i]!
    quantiser.run(kernel, 1, at.one, 2)
    return finish(walkOne(at.one, at.groups, counts.groupCount, values, trees.baseMargin))
  }

  function marginsOfChunk(vectors: Float32Array, from: number, rows: number, out: Float64Array): void {
    input.set(vectors.subarray(from * width, (from + rows) * width))
    quantiser.run(kernel, rows, at.chunk, chunkRows * 2)
    sums.fill(trees.baseMargin)
    walkChunk(at.chunk, rows, at.upper, counts.treeCount, values, at.leaves, at.margins)
    for (let row = 0; row < rows; row++) out[from + row] = finish(sums[row]!)
  }

  return {
    margin,
    margins(vectors, rows, out) {
      for (let from = 0; from < rows; from += chunkRows) {
        const count = Math.min(chunkRows, rows - from)
        if (count >= leastChunk) marginsOfChunk(vectors, from, count, out)
        else for (let row = from; row < rows; row++) out[row] = margin(vectors, row * width)
      }
    },
  }
}

// A tree in, its upper part out: the tests that a chunk of rows takes in SIMD, and the nodes where single walks go on.

/** Which nodes are inner ones, where their left child is, and how many steps are below. */
export type Nodes = {
  readonly feature: readonly number[]
  readonly left: readonly number[]
  readonly height: Uint8Array
}

export type UpperPart = {
  /** At most 32, from left to right; a leaf of the upper part is a bit. */
  readonly leaves: readonly number[]
  /** The tests of the low and of the high 16 leaves: the node and the leaves on its left side. */
  readonly low: readonly { readonly node: number; readonly lost: number }[]
  readonly high: readonly { readonly node: number; readonly lost: number }[]
  /** Steps that are left to walk. */
  readonly depth: number
}

// Instructions for one row, counted in the loops of predict.as; only their ratio matters.
const perTest = 0.85
const perStep = 10
const perHalf = 2

/** The cheapest of a bare walk and of upper parts with at most 8, 16 and 32 leaves. */
export function upperPart(nodes: Nodes, root: number): UpperPart {
  return [1, 8, 16, 32].map((most) => cut(nodes, root, most)).reduce((a, b) => (cost(b) < cost(a) ? b : a))
}

function cost({ low, high, depth }: UpperPart): number {
  return (low.length + high.length) * perTest + depth * perStep + (high.length > 0 ? perHalf : 0)
}

// What is highest is opened first, since all rows take as many steps as the longest path asks for.
function cut({ feature, left, height }: Nodes, root: number, most: number): UpperPart {
  const open = new Set<number>()
  const edge = new Set([root])
  while (edge.size < most) {
    const next = [...edge].reduce((a, b) => (height[b]! > height[a]! ? b : a))
    if (feature[next]! < 0) break
    edge.delete(next)
    edge.add(left[next]!).add(left[next]! + 1)
    open.add(next)
  }
  const leaves: number[] = []
  const tests: { node: number; lost: number }[] = []
  const visit = (node: number): void => {
    if (!open.has(node)) {
      leaves.push(node)
      return
    }
    const first = leaves.length
    visit(left[node]!)
    tests.push({ node, lost: bitsBetween(first, leaves.length) })
    visit(left[node]! + 1)
  }
  visit(root)
  return {
    leaves,
    low: tests.flatMap(({ node, lost }) => (lost & 0xffff ? [{ node, lost: lost & 0xffff }] : [])),
    high: tests.flatMap(({ node, lost }) => (lost >>> 16 ? [{ node, lost: lost >>> 16 }] : [])),
    depth: Math.max(...leaves.map((leaf) => height[leaf]!)),
  }
}

// Exact: doubles hold every 33-bit number.
function bitsBetween(from: number, to: number): number {
  return (2 ** to - 2 ** from) >>> 0
}

// Points inserted and deleted one by one in, a random cut tree of those that are there out.
//
// Robust random cut tree (Guha et al. 2016, algorithms 1 and 2): the tree after an insertion or a deletion has the distribution
// of one built afresh from the same points.

import type { Random } from '../core/random.ts'
import type { Walkable } from '../model/model.ts'

const none = -1

export class CutTree implements Walkable {
  readonly feature: Int32Array
  readonly cut: Float64Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly mass: Int32Array
  readonly low: Float32Array
  readonly high: Float32Array
  readonly #parent: Int32Array
  readonly #free: number[]
  readonly #width: number
  readonly #random: Random
  root = none

  /** Holds at most `capacity` points of `width` coordinates. */
  constructor(capacity: number, width: number, random: Random) {
    const nodes = 2 * capacity
    this.feature = new Int32Array(nodes)
    this.cut = new Float64Array(nodes)
    this.left = new Int32Array(nodes)
    this.right = new Int32Array(nodes)
    this.mass = new Int32Array(nodes)
    this.low = new Float32Array(nodes * width)
    this.high = new Float32Array(nodes * width)
    this.#parent = new Int32Array(nodes)
    this.#free = Array.from({ length: nodes }, (_, i) => nodes - 1 - i)
    this.#width = width
    this.#random = random
  }

  /** The leaf that holds the point, for `delete`; equal points share one. */
  insert(point: Float32Array): number {
    let node = this.root
    while (node !== none) {
      const cut = this.#cutBetween(node, point)
      if (cut) return this.#split(node, point, cut)
      if (this.feature[node]! < 0) break
      node = point[this.feature[node]!]! <= this.cut[node]! ? this.left[node]! : this.right[node]!
    }
    const leaf = node === none ? this.#leafOf(point) : node
    if (node === none) {
      this.root = leaf
      this.#parent[leaf] = none
    }
    for (let above = leaf; above !== none; above = this.#parent[above]!) this.mass[above]!++
    this.#widen(this.#parent[leaf]!, point)
    return leaf
  }

  /** Takes one point from the leaf. */
  delete(leaf: number): void {
    for (let node = leaf; node !== none; node = this.#parent[node]!) this.mass[node]!--
    if (this.mass[leaf]! > 0) return
    const parent = this.#parent[leaf]!
    this.#free.push(leaf)
    if (parent === none) {
      this.root = none
      return
    }
    const sibling = this.left[parent] === leaf ? this.right[parent]! : this.left[parent]!
    this.#replace(parent, sibling)
    this.#free.push(parent)
    for (let node = this.#parent[sibling]!; node !== none; node = this.#parent[node]!) this.#unite(node)
  }

  // A cut of the box that the node and the point span, where it falls between them: with the chance of their distance.
  #cutBetween(node: number, point: Float32Array): { feature: number; at: number } | null {
    const base = node * this.#width
    let [out, range] = [0, 0]
    for (let i = 0; i < this.#width; i++) {
      out += Math.max(0, this.low[base + i]! - point[i]!, point[i]! - this.high[base + i]!)
      range += this.high[base + i]! - this.low[base + i]!
    }
    if (out === 0) return null
    let place = this.#random.uniform() * (out + range)
    if (place >= out) return null
    let last = none
    for (let i = 0; i < this.#width; i++) {
      const beyond = Math.max(0, this.low[base + i]! - point[i]!, point[i]! - this.high[base + i]!)
      if (beyond === 0) continue
      last = i
      if (place < beyond) break
      place -= beyond
    }
    const from = Math.min(point[last]!, this.high[base + last]!)
    const to = Math.max(point[last]!, this.low[base + last]!)
    // Rounding may reach the upper end, which must stay on the right.
    const at = from + place
    return { feature: last, at: at < to ? at : from }
  }

  #split(node: number, point: Float32Array, { feature, at }: { feature: number; at: number }): number {
    const leaf = this.#leafOf(point)
    const joint = this.#free.pop()!
    this.#replace(node, joint)
    const isLeft = point[feature]! <= at
    this.feature[joint] = feature
    this.cut[joint] = at
    this.left[joint] = isLeft ? leaf : node
    this.right[joint] = isLeft ? node : leaf
    this.#parent[leaf] = joint
    this.#parent[node] = joint
    this.mass[joint] = this.mass[node]!
    for (let above = leaf; above !== none; above = this.#parent[above]!) this.mass[above]!++
    this.#unite(joint)
    this.#widen(this.#parent[joint]!, point)
    return leaf
  }

  #leafOf(point: Float32Array): number {
    const leaf = this.#free.pop()!
    this.feature[leaf] = -1
    this.mass[leaf] = 0
    this.low.set(point, leaf * this.#width)
    this.high.set(point, leaf * this.#width)
    return leaf
  }

  // What is above `old` gets `other` in its place.
  #replace(old: number, other: number): void {
    const above = this.#parent[old]!
    this.#parent[other] = above
    if (above === none) this.root = other
    else if (this.left[above] === old) this.left[above] = other
    else this.right[above] = other
  }

  #unite(node: number): void {
    const [base, a, b] = [node, this.left[node]!, this.right[node]!].map((at) => at * this.#width)
    for (let i = 0; i < this.#width; i++) {
      this.low[base! + i] = Math.min(this.low[a! + i]!, this.low[b! + i]!)
      this.high[base! + i] = Math.max(this.high[a! + i]!, this.high[b! + i]!)
    }
  }

  #widen(from: number, point: Float32Array): void {
    for (let node = from; node !== none; node = this.#parent[node]!) {
      const base = node * this.#width
      for (let i = 0; i < this.#width; i++) {
        if (point[i]! < this.low[base + i]!) this.low[base + i] = point[i]!
        if (point[i]! > this.high[base + i]!) this.high[base + i] = point[i]!
      }
    }
  }
}

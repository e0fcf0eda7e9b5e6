// A smooth convex function and a weight of |x| for each variable in, the variables that make their sum least out.
//
// L-BFGS (Nocedal 1980) with the orthant-wise steps of OWL-QN (Andrew & Gao 2007): with no absolute values it is plain L-BFGS.

export type Problem = {
  readonly start: Float64Array
  /** Weight of |x| of each variable; 0 for none. */
  readonly l1: Float64Array
  /** Value at `x`; writes the gradient. */
  smooth(x: Float64Array, gradient: Float64Array): number
  /** Ends when no part of the gradient is larger. */
  readonly tolerance: number
  readonly maxSteps: number
  /** After each step; may throw to end. */
  onStep(step: number): Promise<void>
}

type Pair = { readonly move: Float64Array; readonly change: Float64Array; readonly scale: number }
type Point = { readonly x: Float64Array; readonly gradient: Float64Array; readonly value: number }

const memory = 10
const mostHalvings = 40
const enoughDecrease = 1e-4

export async function minimise(problem: Problem): Promise<Float64Array> {
  let at = pointAt(problem, problem.start.slice())
  let pairs: Pair[] = []
  for (let step = 1; step <= problem.maxSteps; step++) {
    const slope = steepest(at, problem.l1)
    if (largestOf(slope) <= problem.tolerance) break
    const next = search(problem, at, slope, directionOf(slope, pairs, problem.l1), pairs.length === 0)
    if (!next) {
      // The remembered curvature misleads, or nothing is left to gain in these digits.
      if (pairs.length === 0) break
      pairs = []
      continue
    }
    const move = next.x.map((x, i) => x - at.x[i]!)
    const change = next.gradient.map((g, i) => g - at.gradient[i]!)
    const curvature = dot(move, change)
    if (curvature > 0) pairs = [...pairs.slice(1 - memory), { move, change, scale: 1 / curvature }]
    at = next
    await problem.onStep(step)
  }
  return at.x
}

function pointAt({ smooth, l1 }: Problem, x: Float64Array): Point {
  const gradient = new Float64Array(x.length)
  let value = smooth(x, gradient)
  for (let i = 0; i < x.length; i++) value += l1[i]! * Math.abs(x[i]!)
  return { x, gradient, value }
}

// The sub-gradient of least size (Andrew & Gao 2007, eq. 4).
function steepest({ x, gradient }: Point, l1: Float64Array): Float64Array {
  return gradient.map((g, i) => {
    const c = l1[i]!
    if (x[i]! !== 0) return g + c * Math.sign(x[i]!)
    return g > c ? g - c : g < -c ? g + c : 0
  })
}

// Two-loop recursion; where |x| counts, what would climb stays.
function directionOf(slope: Float64Array, pairs: readonly Pair[], l1: Float64Array): Float64Array {
  const direction = slope.map((s) => -s)
  const shares = pairs.map(() => 0)
  for (let k = pairs.length - 1; k >= 0; k--) {
    shares[k] = pairs[k]!.scale * dot(pairs[k]!.move, direction)
    add(direction, -shares[k]!, pairs[k]!.change)
  }
  const last = pairs.at(-1)
  if (last) scaleBy(direction, 1 / (last.scale * dot(last.change, last.change)))
  for (const [k, pair] of pairs.entries())
    add(direction, shares[k]! - pair.scale * dot(pair.change, direction), pair.move)
  return direction.map((d, i) => (l1[i]! > 0 && d * slope[i]! >= 0 ? 0 : d))
}

function search(
  problem: Problem,
  at: Point,
  slope: Float64Array,
  direction: Float64Array,
  isFirst: boolean,
): Point | null {
  const { l1 } = problem
  const orthant = at.x.map((x, i) => (x !== 0 ? Math.sign(x) : -Math.sign(slope[i]!)))
  let length = isFirst ? 1 / Math.max(1, Math.sqrt(dot(slope, slope))) : 1
  for (let halving = 0; halving < mostHalvings; halving++, length /= 2) {
    const x = at.x.map((held, i) => {
      const moved = held + length * direction[i]!
      return l1[i]! > 0 && moved * orthant[i]! < 0 ? 0 : moved
    })
    const decrease = x.reduce((sum, moved, i) => sum + slope[i]! * (moved - at.x[i]!), 0)
    const next = pointAt(problem, x)
    if (next.value <= at.value + enoughDecrease * decrease && next.value < at.value) return next
  }
  return null
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function add(to: Float64Array, share: number, what: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += share * what[i]!
}

function scaleBy(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

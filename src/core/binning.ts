// How values are counted for drift: bins of the score and of each feature in, counts of decisions out.

/** Bins of a number: up to each edge (which belongs to the bin below it), beyond the last one, then missing. */
type NumberBins = { readonly kind: 'number'; readonly edges: readonly number[] }
/** Bins of a category: one for each of these places in its dictionary, one for all others, then missing or never seen. */
type CategoryBins = { readonly kind: 'category'; readonly places: readonly number[] }
export type Bins = NumberBins | CategoryBins

/** Of one model version: its score (which is never missing, so that bin stays empty) and each feature, in the order of the vector. */
export type Binning = { readonly score: NumberBins; readonly features: readonly Bins[] }

/** What is counted of a decision. */
type Counted = { readonly score: number; readonly vector: Float32Array }

export function binsOf(bins: Bins): number {
  return bins.kind === 'number' ? bins.edges.length + 2 : bins.places.length + 2
}

/** Bins of the score and of all features, which lie one after another in the counts. */
export function allBins({ score, features }: Binning): number {
  return features.reduce((sum, bins) => sum + binsOf(bins), binsOf(score))
}

/** The bin of one value. */
export function binOf(bins: Bins, value: number): number {
  if (bins.kind === 'number') return numberBin(bins.edges, value)
  if (Number.isNaN(value)) return bins.places.length + 1
  const place = bins.places.indexOf(value)
  return place === -1 ? bins.places.length : place
}

// At most a dozen edges: counting those below is faster than looking for the place.
function numberBin(edges: readonly number[], value: number): number {
  if (Number.isNaN(value)) return edges.length + 1
  let bin = 0
  for (const edge of edges) if (value > edge) bin++
  return bin
}

/** Adds the decisions of that version to its counts. */
export function countInto(counts: Uint32Array, { score, features }: Binning, decisions: readonly Counted[]): void {
  for (const decision of decisions) counts[binOf(score, decision.score)]!++
  const isFast = (bins: Bins): bins is NumberBins => bins.kind === 'number' && bins.edges.length <= width
  const numbers: Place<NumberBins>[] = []
  let start = binsOf(score)
  for (const [place, bins] of features.entries()) {
    if (isFast(bins)) numbers.push({ place, start, bins })
    else for (const { vector } of decisions) counts[start + binOf(bins, vector[place]!)]!++
    start += binsOf(bins)
  }
  countNumbers(counts, numbers, decisions)
}

/** Where a feature is in the vector, and its bins in the counts. */
type Place<B extends Bins> = { readonly place: number; readonly start: number; readonly bins: B }

const width = 9

function above(value: number, edge: number): number {
  return Number(value > edge) | 0
}

// Every event comes by here with every feature: comparisons are added up, not branched on (a branch is guessed wrong every other time).
function countNumbers(counts: Uint32Array, numbers: readonly Place<NumberBins>[], decisions: readonly Counted[]): void {
  const edges = new Float64Array(numbers.length * width).fill(Number.POSITIVE_INFINITY)
  for (const [i, { bins }] of numbers.entries()) edges.set(bins.edges, i * width)
  const places = Int32Array.from(numbers, ({ place }) => place)
  const starts = Int32Array.from(numbers, ({ start }) => start)
  const missing = Int32Array.from(numbers, ({ start, bins }) => start + bins.edges.length + 1)
  for (const { vector } of decisions)
    for (let i = 0, e = 0; i < places.length; i++, e += width) {
      const value = vector[places[i]!]!
      const bin =
        above(value, edges[e]!) +
        above(value, edges[e + 1]!) +
        above(value, edges[e + 2]!) +
        above(value, edges[e + 3]!) +
        above(value, edges[e + 4]!) +
        above(value, edges[e + 5]!) +
        above(value, edges[e + 6]!) +
        above(value, edges[e + 7]!) +
        above(value, edges[e + 8]!)
      counts[Number.isNaN(value) ? missing[i]! : starts[i]! + bin]!++
    }
}

/** The counts of the score, then of each feature, taken apart. */
export function takeApart(counts: Uint32Array, { score, features }: Binning): Uint32Array[] {
  let start = 0
  return [score, ...features].map((bins) => {
    const own = counts.subarray(start, start + binsOf(bins))
    start += own.length
    return own
  })
}

// Rows and what their entities did before in, vectors out: the one place where a feature is computed, for history and live alike.

import type { CalendarPart } from '../core/declaration.ts'
import type { Derived, FeatureSource, FeatureSpec } from '../model/model.ts'
import { compileCalendar } from './calendar.ts'
import { compileExpression, type Scope } from './expression.ts'
import { none } from './layout.ts'
import type { Memory } from './memory.ts'
import type { Rows } from './rows.ts'

export type Deriver = {
  /** Writes the vector of the current row, each feature as a 32-bit float; NaN where it is missing. */
  fill(out: Float32Array, offset: number): void
  /** Remembers the row that was filled last. */
  learn(anomaly: 0 | 1): void
}

export type DeriverParts = {
  readonly features: readonly FeatureSpec[]
  readonly derived: Derived
  readonly rows: Rows
  /** One for each of `derived.memories`. */
  readonly memories: readonly Memory[]
  /** The slot of the current row's entity in each memory; −1 where it names none. */
  readonly slots: readonly (() => number)[]
}

/** Beyond it the sums of a window would no longer be exact; a value is cut off there. */
const mostSteps = 2 ** 32

/** Throws `FEATURE_EXPRESSION` where an expression names what is not there. */
export function compileDeriver({ features, derived, rows, memories, slots }: DeriverParts): Deriver {
  const views = memories.map((memory, place) => viewOf(memory, slots[place]!, rows))
  const values = new Float64Array(features.length)
  const done = new Set<string>()
  const placeOf = new Map(features.map(({ name }, place) => [name, place]))
  const scope: Scope = {
    names: [...placeOf.keys(), ...rows.names],
    number: (name) => {
      const place = placeOf.get(name)
      if (place === undefined || !done.has(name) || features[place]!.kind !== 'number') return rows.number(name)
      return () => values[place]!
    },
    text: rows.text,
  }
  const calendar = compileCalendar(derived.timeZone)
  const getters = derived.order.map((place) => {
    const spec = features[place]!
    const get = getterOf(derived.sources[place]!, spec, { views, rows, scope, calendar })
    done.add(spec.name)
    return { place, get }
  })
  return {
    fill(out, offset) {
      for (const view of views) view.look()
      for (const { place, get } of getters) values[place] = get()
      for (let place = 0; place < values.length; place++) {
        const value = Math.fround(values[place]!) + 0
        out[offset + place] = Number.isFinite(value) ? value : Number.NaN
      }
    },
    learn(anomaly) {
      for (const view of views) view.learn(anomaly)
    },
  }
}

type View = ReturnType<typeof viewOf>

// One memory as the current row sees it.
function viewOf(memory: Memory, slotOf: () => number, rows: Rows) {
  const { spec } = memory
  const numbers = spec.values.map(({ of }) => compileExpression(of, rows))
  const hashesOf = spec.distinct.map((column) => rows.hash(column) ?? (() => -1))
  const deed = {
    time: 0,
    values: new Float64Array(spec.values.length),
    hashes: new Float64Array(spec.distinct.length),
    anomaly: 0 as 0 | 1,
  }
  return {
    memory,
    deed,
    slot: -1,
    look() {
      this.slot = slotOf()
      if (this.slot < 0) return
      deed.time = Math.floor(rows.time() / spec.grainMs) * spec.grainMs
      for (let i = 0; i < numbers.length; i++) deed.values[i] = inSteps(numbers[i]!(), spec.values[i]!.scale)
      for (let i = 0; i < hashesOf.length; i++) deed.hashes[i] = hashesOf[i]!()
      memory.read(this.slot, deed.time, deed.hashes)
    },
    learn(anomaly: 0 | 1) {
      if (this.slot < 0) return
      deed.anomaly = anomaly
      memory.learn(this.slot, deed)
    },
  }
}

function inSteps(value: number, scale: number): number {
  return Math.max(-mostSteps, Math.min(mostSteps, Math.round(value * scale))) + 0
}

type Parts = {
  readonly views: readonly View[]
  readonly rows: Rows
  readonly scope: Scope
  readonly calendar: (part: CalendarPart) => (time: number) => number
}

function getterOf(source: FeatureSource, spec: FeatureSpec, { views, rows, scope, calendar }: Parts): () => number {
  switch (source.kind) {
    case 'column':
      return spec.kind === 'category'
        ? rows.place(source.column, spec.dictionary)
        : (rows.number(source.column) ?? (() => Number.NaN))
    case 'calendar': {
      const of = calendar(source.part)
      return () => of(rows.time())
    }
    case 'expression':
      return compileExpression(source.expression, scope)
    case 'encoding': {
      const rates = new Map(source.rates)
      const text = rows.text(source.column) ?? (() => null)
      return () => rates.get(text() ?? '') ?? source.rest
    }
    case 'window':
      return ofEntity(views[source.memory]!, windowGetter(source, views[source.memory]!))
    case 'usual':
      return ofEntity(views[source.memory]!, usualGetter(source, views[source.memory]!))
    case 'feedback':
      return ofEntity(views[source.memory]!, feedbackGetter(source, views[source.memory]!))
    case 'travel':
      return ofEntity(views[source.memory]!, travelGetter(source, views[source.memory]!))
  }
}

function ofEntity(view: View, get: () => number): () => number {
  return () => (view.slot < 0 ? Number.NaN : get())
}

type Source<Kind> = Extract<FeatureSource, { readonly kind: Kind }>

function windowGetter({ measure, of, age }: Source<'window'>, { memory, deed }: View): () => number {
  const { layout, sums, distinct, firstTimes, spec } = memory
  const base = age * layout.stride
  const row = of * spec.ages.length + age
  switch (measure) {
    case 'count':
      return () => sums[base + layout.count]! + 1
    case 'isFirst':
      return () => (sums[base + layout.count] === 0 ? 1 : 0)
    case 'distinct':
      return () => distinct[row]!
    case 'timeSinceLast':
      return () => (deed.time - memory.lastTime) / 1000
    case 'timeSinceFirst':
      return () => (deed.time - firstTimes[age]!) / 1000
    default:
      return valueGetter(measure, of, base, { memory, deed })
  }
}

function valueGetter(
  measure: 'sum' | 'mean' | 'max' | 'min' | 'std' | 'last',
  of: number,
  base: number,
  { memory: { layout, sums, spec }, deed }: Pick<View, 'memory' | 'deed'>,
): () => number {
  const { scale } = spec.values[of]!
  const fields = layout.values[of]!
  const own = () => deed.values[of]!
  const before = () => sums[base + fields.count]!
  const count = () => before() + (Number.isNaN(own()) ? 0 : 1)
  const total = () => sums[base + fields.total]! + (Number.isNaN(own()) ? 0 : own())
  const extreme = (at: number, pick: (a: number, b: number) => number) => () => {
    if (before() === 0) return own() / scale
    return (Number.isNaN(own()) ? sums[base + at]! : pick(sums[base + at]!, own())) / scale
  }
  switch (measure) {
    case 'sum':
      return () => total() / scale
    case 'mean':
      return () => total() / (count() * scale)
    case 'max':
      return extreme(fields.max, Math.max)
    case 'min':
      return extreme(fields.min, Math.min)
    case 'last':
      return () => (sums[base + fields.last] === none.last ? Number.NaN : sums[base + fields.last]! / scale)
    case 'std':
      return () => {
        const n = count()
        if (n < 2) return Number.NaN
        const ownSquare = Number.isNaN(own()) ? 0 : own() * own()
        const squares = sums[base + fields.squares]! * 2 ** 32 + (sums[base + fields.squares + 1]! + ownSquare)
        return Math.sqrt(Math.max(0, squares - (total() * total()) / n) / (n - 1)) / scale
      }
  }
}

// 1.4826: of a normal distribution, the standard deviation over the median absolute deviation. Where an entity never varies,
// a hundredth of its usual value, or one step, stands for the deviation.
function usualGetter({ measure, of }: Source<'usual'>, view: View): () => number {
  const { memory, deed } = view
  return () => {
    const usual = memory.readUsual(view.slot, deed.time, of)
    const [median, deviation] = [usual[0]!, usual[1]!]
    if (measure === 'ratio') return median === 0 ? Number.NaN : deed.values[of]! / median
    return (deed.values[of]! - median) / Math.max(1.4826 * deviation, Math.abs(median) / 100, 1)
  }
}

function feedbackGetter({ measure, delay, age }: Source<'feedback'>, { memory }: View): () => number {
  const { layout, sums } = memory
  const [late, early] = [delay * layout.stride, age * layout.stride]
  const anomalies = () => sums[early + layout.anomalies]! - sums[late + layout.anomalies]!
  const events = () => sums[early + layout.count]! - sums[late + layout.count]!
  if (measure === 'anomalies') return anomalies
  return measure === 'events' ? events : () => anomalies() / events()
}

/** Mean radius of the earth, km. */
const earthKm = 6371.0088

function travelGetter({ measure, latitude, longitude }: Source<'travel'>, { memory, deed }: View): () => number {
  const { layout, spec } = memory
  const base = (spec.ages.length - 1) * layout.stride
  const last = (of: number) => valueGetter('last', of, base, { memory, deed })
  const [lastLatitude, lastLongitude] = [last(latitude), last(longitude)]
  const here = (of: number) => deed.values[of]! / spec.values[of]!.scale
  const distance = () => haversine(lastLatitude(), lastLongitude(), here(latitude), here(longitude))
  if (measure === 'distance') return distance
  return () => (distance() * 3_600_000) / (deed.time - memory.lastTime)
}

function haversine(latitudeA: number, longitudeA: number, latitudeB: number, longitudeB: number): number {
  const radians = Math.PI / 180
  const half = (a: number, b: number) => Math.sin(((b - a) * radians) / 2) ** 2
  const chord =
    half(latitudeA, latitudeB) +
    Math.cos(latitudeA * radians) * Math.cos(latitudeB * radians) * half(longitudeA, longitudeB)
  return 2 * earthKm * Math.asin(Math.sqrt(Math.min(1, chord)))
}

// A record's bytes in, its event out, straight from the bytes: for the plain object that most events are; anything unusual is left to the parser, which can say what is wrong.
//
// Plain: exactly the schema's fields, each once, in any order; numbers where numbers are due, texts of printable ASCII without escapes.
// JSON.parse and the copy into an event's fields cost six times as much as scoring the event; the fields are made when somebody asks.

import type { Event, EventSchema, Field, FieldValue } from '../core/event.ts'
import { instantReader } from './instant.ts'
import type { Fallback } from './parse.ts'

/** A vector holds 32-bit floats; beyond this a number would become infinite in it. */
const maxNumber = 3.4028234663852886e38
const maxIdLength = 256
/** Events whose numbers lie in one array: made once for all of them, and let go when the last of them is. */
const slabEvents = 256

export type PlainReader = {
  /** Exactly what `createParser` and JSON.parse make of the bytes; undefined where they must be asked. */
  read(bytes: Uint8Array, fallback: Fallback): Event | undefined
  /** Writes the fields of that number into `out`, null as NaN; false where the event was not read here. `columns`: places in `schema.fields`. */
  fill(event: object, columns: readonly number[], out: Float32Array, offset: number): boolean
}

type Kind = 'number' | 'text' | 'boolean'
type Column = { readonly name: string; readonly kind: Kind; readonly isNullable: boolean }

const code = (sign: string) => sign.charCodeAt(0)
const blank = 32
const [open, close, quote, backslash, colon, comma] = ['{', '}', '"', '\\', ':', ','].map(code) as number[]
const [minus, plus, dot, zero, nine, lowerE, upperE] = ['-', '+', '.', '0', '9', 'e', 'E'].map(code) as number[]
/** Powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const words = new Map(['null', 'true', 'false'].map((word) => [word, Buffer.from(word)]))

/** Undefined where no event of the schema can be plain: a field's name that JSON escapes, or that every object has. */
export function createPlainReader(schema: EventSchema): PlainReader | undefined {
  const columns = schema.fields.map((field) => columnOf(field, schema))
  if (columns.some(({ name }) => !/^[ !#-[\]-~]+$/.test(name) || name in Object.prototype)) return undefined
  return new Reader(schema, columns)
}

function columnOf(field: Field, { id, time }: EventSchema): Column {
  const { name } = field
  const isNumber = name === time?.column ? time.unit !== 'iso' : field.kind === 'number'
  const kind = isNumber ? 'number' : field.kind === 'boolean' && name !== id ? 'boolean' : 'text'
  const isNullable = field.isNullable && name !== id && name !== time?.column
  return { name, kind, isNullable }
}

class PlainEvent implements Event {
  readonly id: string
  readonly time: number
  readonly entity: string | null
  readonly amount: number | null
  readonly #bytes: Buffer
  readonly #values: Values
  #fields: Event['fields'] | undefined

  constructor(named: Pick<Event, 'id' | 'time' | 'entity' | 'amount'>, bytes: Buffer, values: Values) {
    this.id = named.id
    this.time = named.time
    this.entity = named.entity
    this.amount = named.amount
    this.#bytes = bytes
    this.#values = values
  }

  get fields(): Event['fields'] {
    this.#fields ??= this.#values.reader.fieldsOf(this.#values)
    return this.#fields
  }

  get json(): Uint8Array {
    return this.#bytes
  }

  static valuesOf(event: object): Values | undefined {
    return #values in event ? event.#values : undefined
  }
}

/** What the columns hold: numbers (null as NaN) in a slab from an offset on, what is no number by its place. */
type Values = {
  readonly reader: Reader
  readonly slab: Float64Array
  readonly offset: number
  readonly others: readonly (string | boolean | null)[]
}

class Reader implements PlainReader {
  readonly #columns: readonly Column[]
  readonly #keys: readonly Uint8Array[]
  readonly #instant: ((found: unknown) => number | undefined) | undefined
  readonly #place: Readonly<Record<'id' | 'time' | 'entity' | 'amount', number>>
  readonly #empty: Record<string, FieldValue>
  /** Columns in the order in which the last event had them. */
  readonly #order: number[]
  #slab = new Float64Array(0)
  #used = 0

  constructor(schema: EventSchema, columns: readonly Column[]) {
    this.#columns = columns
    this.#keys = columns.map(({ name }) => Buffer.from(`"${name}"`))
    this.#order = columns.map((_, i) => i)
    this.#instant = schema.time ? instantReader(schema.time) : undefined
    this.#empty = Object.fromEntries(columns.map(({ name }) => [name, null]))
    const place = (name: string | null | undefined) => columns.findIndex((column) => column.name === name)
    const { id, time, entity, amount } = schema
    this.#place = { id: place(id), time: place(time?.column), entity: place(entity), amount: place(amount) }
  }

  read(found: Uint8Array, fallback: Fallback): Event | undefined {
    const bytes = found instanceof Buffer ? found : Buffer.from(found.buffer, found.byteOffset, found.byteLength)
    if (this.#used + this.#columns.length > this.#slab.length) {
      this.#slab = new Float64Array(this.#columns.length * slabEvents)
      this.#used = 0
    }
    const others: (string | boolean | null)[] = []
    if (!this.#readObject(bytes, others)) return undefined
    const values = { reader: this, slab: this.#slab, offset: this.#used, others }
    const named = this.#named(values, fallback)
    if (named === undefined) return undefined
    this.#used += this.#columns.length
    return new PlainEvent(named, bytes, values)
  }

  fill(event: object, columns: readonly number[], out: Float32Array, offset: number): boolean {
    const values = PlainEvent.valuesOf(event)
    if (values?.reader !== this) return false
    const { slab, offset: from } = values
    for (let i = 0; i < columns.length; i++) out[offset + i] = slab[from + columns[i]!]! + 0
    return true
  }

  fieldsOf({ slab, offset, others }: Values): Event['fields'] {
    const fields = { ...this.#empty }
    for (let i = 0; i < this.#columns.length; i++) {
      const { name, kind } = this.#columns[i]!
      const number = slab[offset + i]!
      fields[name] = kind !== 'number' ? others[i]! : Number.isNaN(number) ? null : number
    }
    return fields
  }

  /** Undefined where a name or an instant is not what the parser lets pass. */
  #named(values: Values, fallback: Fallback): Pick<Event, 'id' | 'time' | 'entity' | 'amount'> | undefined {
    const place = this.#place
    const time = this.#instant ? this.#instant(this.#valueAt(values, place.time)) : fallback.time
    const id = place.id < 0 ? fallback.id : nameOf(this.#valueAt(values, place.id))
    const entity = place.entity < 0 ? null : nameOf(this.#valueAt(values, place.entity))
    if (time === undefined || id === undefined || id === null || entity === undefined) return undefined
    const hasAmount = place.amount >= 0 && this.#columns[place.amount]!.kind === 'number'
    const amount = hasAmount ? values.slab[values.offset + place.amount]! : Number.NaN
    return { id, time, entity, amount: Number.isNaN(amount) ? null : amount }
  }

  #valueAt({ slab, offset, others }: Values, place: number): FieldValue {
    return this.#columns[place]!.kind === 'number' ? slab[offset + place]! : others[place]!
  }

  // Blanks between signs are rare: they are looked for only where one stands.
  #readObject(bytes: Buffer, others: (string | boolean | null)[]): boolean {
    let at = pastBlanks(bytes, 0)
    if (bytes[at++] !== open) return false
    const last = this.#columns.length - 1
    for (let i = 0; i <= last; i++) {
      if (bytes[at]! <= blank) at = pastBlanks(bytes, at)
      const place = this.#placeAt(bytes, at, i)
      if (place < 0) return false
      at += this.#keys[place]!.length
      if (bytes[at]! <= blank) at = pastBlanks(bytes, at)
      if (bytes[at++] !== colon) return false
      if (bytes[at]! <= blank) at = pastBlanks(bytes, at)
      at = this.#readValue(bytes, at, place, others)
      if (at < 0) return false
      if (bytes[at]! <= blank) at = pastBlanks(bytes, at)
      if (bytes[at++] !== (i === last ? close : comma)) return false
    }
    return pastBlanks(bytes, at) === bytes.length
  }

  /** The column named here, the i-th of the event; −1 where it is none, or came before. */
  #placeAt(bytes: Buffer, at: number, i: number): number {
    const order = this.#order
    if (stands(this.#keys[order[i]!]!, bytes, at)) return order[i]!
    // Before i lie those that this event has had.
    const found = order.findIndex((place, j) => j > i && stands(this.#keys[place]!, bytes, at))
    if (found < 0) return -1
    const [place] = order.splice(found, 1) as [number]
    order.splice(i, 0, place)
    return place
  }

  /** Where the value ends; −1 where it is not one of the column's kind. */
  #readValue(bytes: Buffer, at: number, place: number, others: (string | boolean | null)[]): number {
    const { kind, isNullable } = this.#columns[place]!
    if (kind === 'number') {
      const end = this.#readNumber(bytes, at, this.#used + place)
      if (end > 0) return end
    }
    if (kind === 'text' && bytes[at] === quote) {
      const end = textEnd(bytes, at)
      if (end > 0) others[place] = bytes.toString('latin1', at + 1, end - 1)
      return end
    }
    const word = wordAt(bytes, at)
    if (word === 'null' && isNullable) {
      if (kind === 'number') this.#slab[this.#used + place] = Number.NaN
      else others[place] = null
      return at + word.length
    }
    if (kind === 'boolean' && word !== undefined && word !== 'null') {
      others[place] = word === 'true'
      return at + word.length
    }
    return -1
  }

  /**
   * Where the number that stands here, as JSON writes numbers, ends; it goes into the slab, as a returned one would be an object. −1 where
   * none stands, a negative zero, or one beyond 32-bit floats. Digits that make a whole number below 2^53, and a power of ten up to
   * 22, are exact in doubles, so that one operation on them rounds as it should (Clinger 1990).
   */
  #readNumber(bytes: Buffer, start: number, place: number): number {
    let at = start
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    const first = at
    let digits = 0
    let sign = bytes[at]!
    for (; sign >= zero && sign <= nine; sign = bytes[++at]!) digits = digits * 10 + (sign - zero)
    const length = at - first
    if (length === 0 || (length > 1 && bytes[first] === zero)) return -1
    let scale = 0
    if (sign === dot) {
      const from = ++at
      for (sign = bytes[at]!; sign >= zero && sign <= nine; sign = bytes[++at]!) digits = digits * 10 + (sign - zero)
      scale = from - at
      if (scale === 0) return -1
    }
    if (sign === lowerE || sign === upperE) {
      const isSmall = bytes[++at] === minus
      if (isSmall || bytes[at] === plus) at++
      const from = at
      let exponent = 0
      for (sign = bytes[at]!; sign >= zero && sign <= nine; sign = bytes[++at]!)
        exponent = exponent * 10 + (sign - zero)
      if (at === from) return -1
      scale += isSmall ? -exponent : exponent
    }
    if (digits === 0 && isNegative) return -1
    const isExact = digits <= Number.MAX_SAFE_INTEGER && scale <= 22 && scale >= -22
    const size = !isExact
      ? Math.abs(Number(bytes.toString('latin1', start, at)))
      : scale < 0
        ? digits / powers[-scale]!
        : digits * powers[scale]!
    if (size > maxNumber) return -1
    this.#slab[place] = isNegative ? -size : size
    return at
  }
}

/** Undefined where the parser refuses it: longer texts, and numbers that are not whole. */
function nameOf(value: FieldValue): string | null | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  if (typeof value === 'string') return value.length > 0 && value.length <= maxIdLength ? value : undefined
  return value === null ? null : undefined
}

function pastBlanks(bytes: Uint8Array, start: number): number {
  let at = start
  for (let sign = bytes[at]; sign === 32 || sign === 10 || sign === 13 || sign === 9; sign = bytes[++at]);
  return at
}

function stands(what: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== what[i]) return false
  return true
}

function wordAt(bytes: Uint8Array, at: number): string | undefined {
  for (const [word, signs] of words) if (stands(signs, bytes, at)) return word
  return undefined
}

/** Where the text that begins here ends, behind its closing quote; −1 where it is not printable ASCII without escapes. */
function textEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; ; at++) {
    const sign = bytes[at]
    if (sign === quote) return at + 1
    if (sign === undefined || sign < 32 || sign > 126 || sign === backslash) return -1
  }
}

// A body of nothing but numbers in, its vectors out, straight from the bytes; anything else is left to the readers that can say what is wrong with it.

import type { Scorer } from '../../score/score.ts'

/** A vector holds 32-bit floats; beyond this a number would become infinite in it. */
const maxNumber = 3.4028234663852886e38

/**
 * The vectors of a body's rows, one after another, exactly as `readRows`, `eventsOf` and the features make them. Undefined where
 * the model reads more than numbers by their places, or where anything at all is unusual: texts, quotes, other keys, another
 * number of values, a missing one that must be there, a huge one, no row.
 */
export function plainVectors(
  type: string,
  body: Buffer,
  { artifact }: Pick<Scorer, 'artifact'>,
): Float32Array | undefined {
  const read = readers[type]
  if (!read) return undefined
  const canMiss = nullableOf(artifact)
  if (!canMiss) return undefined
  const rows = new Rows(canMiss)
  return read(new Bytes(body), rows) ? rows.vectors() : undefined
}

const known = new WeakMap<object, readonly boolean[] | null>()

/** Which features may be missing, in the vector's order; null where a row is more than a vector of numbers. */
function nullableOf(artifact: Scorer['artifact']): readonly boolean[] | null {
  const found = known.get(artifact)
  if (found !== undefined) return found
  const made = isPlain(artifact) ? artifact.schema.features.map((name) => fieldOf(name, artifact)!.isNullable) : null
  known.set(artifact, made)
  return made
}

function fieldOf(name: string, { schema }: Scorer['artifact']) {
  return schema.fields.find((field) => field.name === name)
}

function isPlain(artifact: Scorer['artifact']): boolean {
  const { schema, features, derived } = artifact
  if (derived || features.length !== schema.features.length) return false
  const areNumbers = schema.features.every(
    (name, i) =>
      features[i]!.name === name && features[i]!.kind === 'number' && fieldOf(name, artifact)?.kind === 'number',
  )
  // Where every column is a feature, a row is read as a whole event.
  const isWhole = schema.fields.length === schema.features.length
  const areFeatures = schema.id === null && schema.time === null && schema.entity === null
  return areNumbers && (!isWhole || (areFeatures && schema.fields.every(({ name }, i) => name === schema.features[i])))
}

/** Vectors as they grow. */
class Rows {
  readonly #canMiss: readonly boolean[]
  #values: Float32Array
  #size = 0
  #place = 0

  constructor(canMiss: readonly boolean[]) {
    this.#canMiss = canMiss
    this.#values = new Float32Array(canMiss.length)
  }

  /** The next value of the row, NaN where it is missing; false where the row cannot have it. */
  add(value: number): boolean {
    if (this.#place === this.#canMiss.length) return false
    const isRight = Number.isNaN(value) ? this.#canMiss[this.#place]! : value <= maxNumber && value >= -maxNumber
    if (this.#size === this.#values.length) this.#grow()
    // Adding 0 turns -0 into 0, as the features do.
    this.#values[this.#size++] = value + 0
    this.#place++
    return isRight
  }

  /** False where the row is too short. */
  endRow(): boolean {
    const isWhole = this.#place === this.#canMiss.length
    this.#place = 0
    return isWhole
  }

  vectors(): Float32Array | undefined {
    return this.#size === 0 ? undefined : this.#values.subarray(0, this.#size)
  }

  #grow(): void {
    const larger = new Float32Array(this.#values.length * 4)
    larger.set(this.#values)
    this.#values = larger
  }
}

const code = (sign: string) => sign.charCodeAt(0)
const [comma, newline, carriage, minus, dot] = [code(','), code('\n'), code('\r'), code('-'), code('.')]
const [zero, nine, lowerE, upperE, plus] = [code('0'), code('9'), code('e'), code('E'), code('+')]
const [open, close, openList, closeList, colon] = [code('{'), code('}'), code('['), code(']'), code(':')]
/** Powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** A place in the bytes of a body, and what stands there. */
class Bytes {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** 0 behind the end. */
  get here(): number {
    return this.at < this.#bytes.length ? this.#bytes[this.at]! : 0
  }

  get isOver(): boolean {
    return this.at >= this.#bytes.length
  }

  /** Past JSON's blanks and then the sign; false, and only past the blanks, where another stands there. */
  takes(sign: number): boolean {
    if (this.at < this.#bytes.length && this.#bytes[this.at] === sign) {
      this.at++
      return true
    }
    this.skipBlanks()
    if (this.here !== sign) return false
    this.at++
    return true
  }

  /** As `takes`, of a word. */
  takesWord(word: string): boolean {
    this.skipBlanks()
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.at + i] !== word.charCodeAt(i)) return false
    this.at += word.length
    return true
  }

  skipBlanks(): void {
    for (let sign = this.here; sign === 32 || sign === newline || sign === carriage || sign === 9; sign = this.here)
      this.at++
  }

  /** Text up to a comma or the end of the line. */
  cell(): string {
    const start = this.at
    while (!this.isOver && !isCellEnd(this.here)) this.at++
    return this.#bytes.toString('latin1', start, this.at)
  }

  /**
   * The number, as JSON writes numbers, that stands here; NaN, and no step further, where none does. Digits that make a whole number below 2^53, and a
   * power of ten up to 22, are exact in doubles, so that one operation on them rounds as it should (Clinger 1990).
   */
  number(): number {
    // Most of a body's bytes pass here, so the place lies in a local variable, and digits are counted where they are read.
    const bytes = this.#bytes
    const end = bytes.length
    const start = this.at
    let at = start
    const isNegative = at < end && bytes[at] === minus
    if (isNegative) at++
    const first = at
    let digits = 0
    let sign = 0
    for (; at < end; at++) {
      sign = bytes[at]!
      if (sign < zero || sign > nine) break
      digits = digits * 10 + (sign - zero)
    }
    if (at === first || (bytes[first] === zero && at - first > 1)) return Number.NaN
    let scale = 0
    if (at < end && sign === dot) {
      const from = ++at
      for (; at < end; at++) {
        sign = bytes[at]!
        if (sign < zero || sign > nine) break
        digits = digits * 10 + (sign - zero)
      }
      scale = from - at
      if (scale === 0) return Number.NaN
    }
    this.at = at
    if (at < end && (sign === lowerE || sign === upperE)) scale += this.#exponent()
    if (Number.isNaN(scale)) {
      this.at = start
      return scale
    }
    if (!(digits <= Number.MAX_SAFE_INTEGER && scale <= 22 && scale >= -22))
      return Number(bytes.toString('latin1', start, this.at))
    const size = scale < 0 ? digits / powers[-scale]! : digits * powers[scale]!
    return isNegative ? -size : size
  }

  #exponent(): number {
    this.at++
    const isNegative = this.here === minus
    if (isNegative || this.here === plus) this.at++
    const from = this.at
    let value = 0
    for (let sign = this.here; sign >= zero && sign <= nine; sign = this.here) {
      value = value * 10 + (sign - zero)
      this.at++
    }
    if (this.at === from) return Number.NaN
    return isNegative ? -value : value
  }
}

type Read = (bytes: Bytes, rows: Rows) => boolean

const readers: Readonly<Partial<Record<string, Read>>> = { 'text/csv': readLines, 'application/json': readInstances }

function isCellEnd(sign: number): boolean {
  return sign === comma || sign === newline || sign === carriage
}

function readLines(bytes: Bytes, rows: Rows): boolean {
  while (!bytes.isOver) {
    // A line that is empty is none.
    if (bytes.here === newline || bytes.here === carriage) bytes.at++
    else if (!readLine(bytes, rows)) return false
  }
  return true
}

function readLine(bytes: Bytes, rows: Rows): boolean {
  for (;;) {
    const value = readCell(bytes)
    if (value === undefined || !rows.add(value)) return false
    if (bytes.here !== comma) return rows.endRow()
    bytes.at++
  }
}

const missing = /^([+-]?nan)?$/i

function readCell(bytes: Bytes): number | undefined {
  const start = bytes.at
  const value = bytes.number()
  if (!Number.isNaN(value) && (bytes.isOver || isCellEnd(bytes.here))) return value
  bytes.at = start
  return missing.test(bytes.cell()) ? Number.NaN : undefined
}

/** `{"instances": [{"features": [1.5, null]}, …]}` */
function readInstances(bytes: Bytes, rows: Rows): boolean {
  const isBegun = bytes.takes(open) && bytes.takesWord('"instances"') && bytes.takes(colon) && bytes.takes(openList)
  if (!isBegun) return false
  do if (!readInstance(bytes, rows)) return false
  while (bytes.takes(comma))
  if (!(bytes.takes(closeList) && bytes.takes(close))) return false
  bytes.skipBlanks()
  return bytes.isOver
}

function readInstance(bytes: Bytes, rows: Rows): boolean {
  const isBegun = bytes.takes(open) && bytes.takesWord('"features"') && bytes.takes(colon) && bytes.takes(openList)
  if (!isBegun) return false
  do {
    bytes.skipBlanks()
    const value = bytes.number()
    if ((Number.isNaN(value) && !bytes.takesWord('null')) || !rows.add(value)) return false
  } while (bytes.takes(comma))
  return bytes.takes(closeList) && bytes.takes(close) && rows.endRow()
}

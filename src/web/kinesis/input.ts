// A request's members in, checked ones out: what AWS's service model says of each, refused in AWS's words.

import { TocsinError } from '../../core/error.ts'
import type { Wire } from './wire.ts'

type Constraint = {
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
  readonly oneOf?: readonly string[]
}

/** The members of one structure; each read names its member as AWS does in its messages. */
export class Input {
  readonly wire: Wire
  readonly #members: Readonly<Record<string, unknown>>
  readonly #place: string

  /** Throws `AWS_SERIALIZATION` where it is no structure. */
  constructor(members: unknown, wire: Wire, place = '') {
    if (typeof members !== 'object' || members === null || Array.isArray(members)) throw wrongType(place, 'a structure')
    this.#members = members as Readonly<Record<string, unknown>>
    this.wire = wire
    this.#place = place
  }

  optionalString(name: string, constraint: Constraint = {}): string | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw wrongType(this.#at(name), 'a string')
    this.#check(name, value, value.length, 'length', constraint)
    return value
  }

  string(name: string, constraint: Constraint = {}): string {
    return this.optionalString(name, constraint) ?? this.#missing(name)
  }

  optionalNumber(name: string, constraint: Constraint = {}): number | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number') throw wrongType(this.#at(name), 'a number')
    this.#check(name, value, value, 'value', constraint)
    return value
  }

  blob(name: string, maxBytes: number): Uint8Array {
    const value = this.#members[name]
    if (value === undefined || value === null) return this.#missing(name)
    const bytes = this.wire.readBlob(value)
    if (!bytes) throw wrongType(this.#at(name), 'base64 (JSON) or a byte string (CBOR)')
    if (bytes.length > maxBytes)
      throw invalid(
        `of ${bytes.length} bytes`,
        this.#at(name),
        `Member must have length less than or equal to ${maxBytes}`,
      )
    return bytes
  }

  optionalTime(name: string): number | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return undefined
    const ms = this.wire.readTime(value)
    if (ms === undefined) throw wrongType(this.#at(name), 'a timestamp')
    return ms
  }

  optionalStructure(name: string): Input | undefined {
    const value = this.#members[name]
    return value === undefined || value === null ? undefined : new Input(value, this.wire, this.#at(name))
  }

  structure(name: string): Input {
    return this.optionalStructure(name) ?? this.#missing(name)
  }

  list(name: string, { min = 1, max = 500 }: Constraint): Input[] {
    const value = this.#members[name]
    if (value === undefined || value === null) return this.#missing(name)
    if (!Array.isArray(value)) throw wrongType(this.#at(name), 'a list')
    this.#check(name, '[…]', value.length, 'length', { min, max })
    return value.map((item, i) => new Input(item, this.wire, `${this.#at(name)}.${i + 1}.member`))
  }

  #at(name: string): string {
    const member = name.charAt(0).toLowerCase() + name.slice(1)
    return this.#place === '' ? member : `${this.#place}.${member}`
  }

  #check(name: string, shown: unknown, size: number, noun: 'length' | 'value', constraint: Constraint): void {
    const { min, max, pattern, oneOf } = constraint
    const refuse = (rule: string) => {
      throw invalid(`'${String(shown).slice(0, 200)}'`, this.#at(name), rule)
    }
    if (min !== undefined && size < min) refuse(`Member must have ${noun} greater than or equal to ${min}`)
    if (max !== undefined && size > max) refuse(`Member must have ${noun} less than or equal to ${max}`)
    if (pattern && !pattern.test(String(shown)))
      refuse(`Member must satisfy regular expression pattern: ${pattern.source}`)
    if (oneOf && !oneOf.includes(String(shown))) refuse(`Member must satisfy enum value set: [${oneOf.join(', ')}]`)
  }

  #missing(name: string): never {
    throw invalid('null', this.#at(name), 'Member must not be null')
  }
}

function invalid(value: string, place: string, rule: string): TocsinError {
  const message = `1 validation error detected: Value ${value} at '${place}' failed to satisfy constraint: ${rule}`
  return new TocsinError('AWS_VALIDATION', message)
}

function wrongType(place: string, expected: string): TocsinError {
  return new TocsinError('AWS_SERIALIZATION', `The type of '${place || 'the body'}' is wrong; expected ${expected}.`)
}

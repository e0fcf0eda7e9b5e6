// One untrusted value → one event of the detector's schema, or one error that names everything wrong with it.

import { nearestName, TocsinError } from '../core/error.ts'
import type { Event, EventSchema, Field, FieldValue, TimeColumn } from '../core/event.ts'
import { expectedInstant, instantReader } from './instant.ts'

export type ParseOptions = {
  /** What to do with an event that carries its own label. */
  readonly labelInStream: 'refuse' | 'drop'
  /** What to do with a field that the history did not have. */
  readonly unknownFields: 'refuse' | 'ignore'
}

/** What an event is called and when it happened, where it does not say so itself. */
export type Fallback = { readonly id: string; readonly time: number }

export type Parse = (value: unknown, fallback: Fallback) => Event

/** A bad event may hold thousands of bad fields: so many are spelled out, the others counted. */
const maxProblemsTold = 20
/** A vector holds 32-bit floats; beyond this a number would become infinite in it. */
const maxNumber = 3.4028234663852886e38
const maxIdLength = 256
const notNumberText = /^[+-]?(nan|inf|infinity)$/i

type Problem = { readonly code: string; readonly text: string }
/** Passes a value that is neither absent nor null, or adds a problem (and its answer no longer matters). */
type Read = (found: unknown, problems: Problem[]) => FieldValue

/**
 * A function that turns one flat object into an event.
 * It throws one TocsinError for all problems of the event; `code` is that of the first problem, `details` has one text for
 * each: `EVENT_NOT_OBJECT`, `EVENT_LABEL_PRESENT`, `EVENT_FIELD_MISSING`, `EVENT_FIELD_TYPE`, `EVENT_NOT_A_NUMBER`,
 * `EVENT_FIELD_UNKNOWN`, `EVENT_TIME_INVALID`, `EVENT_ID_INVALID`.
 */
export function createParser(schema: EventSchema, options: ParseOptions): Parse {
  const readers = schema.fields.map((field) => ({
    ...{ field, name: field.name, read: readerOf(field, schema) },
    isNumber: field.kind === 'number' && !isNamed(field, schema),
    // Only these names could be an object's without being its own.
    isInherited: field.name in Object.prototype,
  }))
  const known = new Set(schema.fields.map(({ name }) => name))
  const instant = schema.time ? instantReader(schema.time) : undefined
  // Every event's fields have one shape from the start.
  const empty: Record<string, FieldValue> = Object.fromEntries(schema.fields.map(({ name }) => [name, null]))

  const readFields = (record: Readonly<Record<string, unknown>>, problems: Problem[]) => {
    const fields = { ...empty }
    for (const { field, name, read, isNumber, isInherited } of readers) {
      const found = isInherited && !Object.hasOwn(record, name) ? undefined : record[name]
      // Most fields of most events: a number that a vector can hold.
      if (isNumber && typeof found === 'number' && found <= maxNumber && found >= -maxNumber) fields[name] = found
      else if (found !== undefined && found !== null) fields[name] = read(found, problems)
      else if (isRequired(field, schema)) problems.push(missing(field, found))
    }
    return fields
  }

  return (value, fallback) => {
    if (!isObject(value)) throw notAnObject(value)
    const problems: Problem[] = []
    findLabel(value, schema, options, problems)
    const fields = readFields(value, problems)
    const time = instant ? instant(fields[schema.time!.column]) : fallback.time
    if (time === undefined) findBadTime(fields[schema.time!.column]!, schema.time!, problems)
    if (options.unknownFields === 'refuse') findUnknown(value, known, schema, problems)
    if (problems.length > 0 || time === undefined) throw refusal(problems)
    const entity = schema.entity === null ? null : fields[schema.entity]!
    const amount = schema.amount === null ? null : fields[schema.amount]!
    return {
      id: schema.id === null ? fallback.id : String(fields[schema.id]),
      time,
      entity: entity === null ? null : String(entity),
      amount: typeof amount === 'number' ? amount : null,
      fields,
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRequired(field: Field, schema: EventSchema): boolean {
  return !field.isNullable || field.name === schema.id || field.name === schema.time?.column
}

/** Whether it names the event, its time or its entity, and is read as that. */
function isNamed({ name }: Field, schema: EventSchema): boolean {
  return name === schema.time?.column || name === schema.id || name === schema.entity
}

function readerOf(field: Field, schema: EventSchema): Read {
  const { name } = field
  if (name === schema.time?.column) return scalarReader(name)
  if (name === schema.id) return identityReader(name, field.kind, 'EVENT_ID_INVALID')
  if (name === schema.entity) return identityReader(name, field.kind, 'EVENT_FIELD_TYPE')
  return { number: numberReader, category: textReader, boolean: booleanReader }[field.kind](name)
}

function numberReader(name: string): Read {
  return (found, problems) => {
    if (typeof found === 'number' && Math.abs(found) <= maxNumber) return found
    problems.push(notANumber(name, found))
    return null
  }
}

function notANumber(name: string, found: unknown): Problem {
  const isNoNumber = typeof found === 'number' || (typeof found === 'string' && notNumberText.test(found.trim()))
  const isQuoted = typeof found === 'string' && found.trim() !== '' && Number.isFinite(Number(found))
  return {
    code: isNoNumber ? 'EVENT_NOT_A_NUMBER' : 'EVENT_FIELD_TYPE',
    text: isNoNumber
      ? `"${name}" is ${shown(found)}; expected a finite number within ±3.4e38; send null where it is not known`
      : `"${name}" is ${shown(found)}; expected a number; ${isQuoted ? `send ${Number(found)} without quotes` : 'send a number'}`,
  }
}

function textReader(name: string): Read {
  return (found, problems) => {
    if (typeof found === 'string') return found
    const advice = typeof found === 'number' || typeof found === 'boolean' ? `send "${found}"` : 'send a text'
    problems.push({ code: 'EVENT_FIELD_TYPE', text: `"${name}" is ${shown(found)}; expected a text; ${advice}` })
    return null
  }
}

function booleanReader(name: string): Read {
  return (found, problems) => {
    if (typeof found === 'boolean') return found
    if (found === 0 || found === 1) return found === 1
    const text = `"${name}" is ${shown(found)}; expected true or false (or 1 or 0); send one of them`
    problems.push({ code: 'EVENT_FIELD_TYPE', text })
    return null
  }
}

// What names a thing is compared and stored as text, so 17 and "17" are one id. A column that the model reads as a number stays one.
function identityReader(name: string, kind: Field['kind'], code: string): Read {
  return (found, problems) => {
    if (isName(found)) return kind === 'number' ? found : String(found)
    const expected = `a text of 1 to ${maxIdLength} printable characters or a whole number up to 9007199254740991`
    const advice = typeof found === 'number' ? 'send it as text' : 'send what names it'
    problems.push({ code, text: `"${name}" is ${shown(found)}; expected ${expected}; ${advice}` })
    return null
  }
}

// Control characters and lone surrogates do not survive every store; two ids that differ only in them would become one.
function isName(found: unknown): found is string | number {
  if (typeof found !== 'string') return Number.isSafeInteger(found)
  return found.length > 0 && found.length <= maxIdLength && !/\p{Cc}|\p{Cs}/u.test(found)
}

// Any scalar: whether it is an instant is asked once, when the event's time is read.
function scalarReader(name: string): Read {
  return (found, problems) => {
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return found
    problems.push({ code: 'EVENT_TIME_INVALID', text: `"${name}" is ${shown(found)}; expected a time; send one value` })
    return null
  }
}

function findBadTime(found: FieldValue, column: TimeColumn, problems: Problem[]): void {
  // What is null here was absent, null or no scalar, and has been told already.
  if (found === null) return
  const advice = 'send it so, or set events.time and train again'
  const text = `"${column.column}" is ${shown(found)}; expected ${expectedInstant(column)}; ${advice}`
  problems.push({ code: 'EVENT_TIME_INVALID', text })
}

function missing(field: Field, found: null | undefined): Problem {
  const expected = { number: 'a number', category: 'a text', boolean: 'true or false' }[field.kind]
  const state = found === null ? 'is null' : 'is absent'
  const why = field.isNullable ? 'every event needs it' : 'it was never missing in training'
  return { code: 'EVENT_FIELD_MISSING', text: `"${field.name}" ${state}; expected ${expected}, ${why}; send its value` }
}

function findLabel(record: object, schema: EventSchema, options: ParseOptions, problems: Problem[]): void {
  const { column } = schema.label
  if (options.labelInStream === 'drop' || !Object.hasOwn(record, column)) return
  const text = `"${column}" is the label; expected an event without it, for the answer must not travel with the question`
  const advice = 'leave it out (labels have their own door), or set events.labelInStream: drop'
  problems.push({ code: 'EVENT_LABEL_PRESENT', text: `${text}; ${advice}` })
}

function findUnknown(record: object, known: ReadonlySet<string>, schema: EventSchema, problems: Problem[]): void {
  for (const name of Object.keys(record)) {
    if (known.has(name) || name === schema.label.column) continue
    // Looking for the nearest name costs time that a hostile event must not be able to demand.
    const near = problems.length < maxProblemsTold && name.length <= 64 ? nearestName(name, known) : undefined
    const found = `"${shortened(name)}" is not a field of detector ${schema.detector}`
    const advice = near ? `did you mean "${near}"?` : 'leave it out, or set events.unknownFields: ignore'
    problems.push({
      code: 'EVENT_FIELD_UNKNOWN',
      text: `${found}; expected only fields that the history had; ${advice}`,
    })
  }
}

function notAnObject(value: unknown): TocsinError {
  const advice = 'send {"column": value, …}'
  return new TocsinError('EVENT_NOT_OBJECT', `the event is ${shown(value)}; expected one flat object; ${advice}`)
}

function refusal(problems: readonly Problem[]): TocsinError {
  const details = problems.slice(0, maxProblemsTold).map(({ text }) => text)
  if (problems.length > maxProblemsTold) details.push(`… and ${problems.length - maxProblemsTold} more`)
  const message = details.length === 1 ? details[0]! : `${problems.length} problems: ${details.join(' | ')}`
  return new TocsinError(problems[0]!.code, message, { details })
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return `the text "${shortened(value)}"`
  if (typeof value === 'number') return `the number ${value}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

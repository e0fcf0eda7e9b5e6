// A plan and a history in, the vectors of all its rows out, each as it would have been at its own moment; and what is remembered then.

import type { Column, History } from '../core/column.ts'
import type { EventSchema } from '../core/event.ts'
import type { Derived } from '../model/model.ts'
import { compileDeriver } from './derive.ts'
import { encodeFolds } from './encoding.ts'
import { encodeHistory } from './features.ts'
import { Memory } from './memory.ts'
import type { Plan } from './plan.ts'
import { historyRows } from './rows.ts'

export type Replayed = {
  /** One array a feature, each with a value a row. */
  readonly columns: readonly Float32Array[]
  /** What the features remember after the last row, one memory after another. */
  readonly memories: readonly ReplayedMemory[]
}

export type ReplayedMemory = {
  readonly memory: Memory
  /** Entities by slot. */
  readonly keys: readonly string[]
}

/**
 * The vectors of all rows of a history in order of time, column by column: `columns[feature][row]`, 32-bit floats, NaN where a value is
 * missing; a category is its place in the feature's dictionary, times between events are seconds. Each row sees what its entities did
 * before it and itself, as `LiveFeatures` does: the same bits. A label counts for `feedback` from the declared delay on. Of the rows before
 * `trainingRows`, columns under `encode` get the rates of earlier rows only. A TypeError where a column of the plan is not in the history.
 *
 * @example const { columns } = replayHistory(plan, schema, history, history.rows)
 */
export function replayHistory(
  { features, derived }: Pick<Plan, 'features' | 'derived'>,
  schema: EventSchema,
  history: History,
  trainingRows: number,
): Replayed {
  if (!derived) return { columns: encodeHistory(features, history), memories: [] }
  const columns = features.map(() => new Float32Array(history.rows))
  const rows = historyRows(schema, history)
  const entities = derived.memories.map(({ over }) => entitiesOf(over, history))
  const memories = derived.memories.map((spec, place) => {
    const memory = new Memory(spec)
    memory.reserve(entities[place]!.keys.length)
    return memory
  })
  let row = 0
  const slots = entities.map(
    ({ slots }) =>
      () =>
        slots[row]!,
  )
  const deriver = compileDeriver({ features, derived, rows, memories, slots })
  const vector = new Float32Array(features.length)
  for (; row < history.rows; row++) {
    rows.at(row)
    deriver.fill(vector, 0)
    deriver.learn(history.labels[row] === 1 ? 1 : 0)
    for (let place = 0; place < vector.length; place++) columns[place]![row] = vector[place]!
  }
  encodeEarlier(derived, columns, schema, history, trainingRows)
  return { columns, memories: memories.map((memory, place) => ({ memory, keys: entities[place]!.keys })) }
}

function encodeEarlier(
  { sources }: Derived,
  columns: readonly Float32Array[],
  schema: EventSchema,
  history: History,
  trainingRows: number,
): void {
  for (const [place, source] of sources.entries())
    if (source.kind === 'encoding') columns[place]!.set(encodeFolds(source.column, schema, history, trainingRows))
}

/** How an entity of several columns is called: no value of one can run into the next. */
export function entityKey(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : JSON.stringify(parts)
}

type Entities = { readonly keys: readonly string[]; readonly slots: Int32Array }

// Numbers the entities of all rows in the order in which they first come; −1 where one of the columns is missing.
function entitiesOf(over: readonly string[], history: History): Entities {
  const codings = over.map((name) => codesOf(history.columns.get(name)!))
  if (codings.length === 1) return { keys: codings[0]!.texts, slots: codings[0]!.codes }
  const slotOf = new Map<string, number>()
  const slots = new Int32Array(history.rows).fill(-1)
  for (let row = 0; row < history.rows; row++) {
    if (codings.some(({ codes }) => codes[row]! < 0)) continue
    const key = entityKey(codings.map(({ codes, texts }) => texts[codes[row]!]!))
    let slot = slotOf.get(key)
    if (slot === undefined) {
      slot = slotOf.size
      slotOf.set(key, slot)
    }
    slots[row] = slot
  }
  return { keys: [...slotOf.keys()], slots }
}

function codesOf(column: Column): { readonly codes: Int32Array; readonly texts: readonly string[] } {
  if (column.kind === 'category') return { codes: column.codes, texts: column.dictionary }
  const codeOf = new Map<number, number>()
  const codes = Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return -1
    const known = codeOf.get(value + 0)
    if (known !== undefined) return known
    codeOf.set(value + 0, codeOf.size)
    return codeOf.size - 1
  })
  return { codes, texts: Array.from(codeOf.keys(), String) }
}

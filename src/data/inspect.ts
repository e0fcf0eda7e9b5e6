// A file of history in, what each column holds and who is probably what out: for a person to decide.

import { type ColumnKind, kindOf, type Profile, profile } from './profile.ts'
import { type GuessedRoles, guessRoles, unfit } from './roles.ts'
import { openSource, query, type Source } from './source.ts'

type InspectedColumn = {
  readonly name: string
  readonly kind: ColumnKind
  /** Cells that hold something, and how many different ones there are. */
  readonly present: number
  readonly distinct: number
  /** Of the numbers; null where there is none. */
  readonly min: number | null
  readonly max: number | null
  /** The most frequent cells, at most eight, with their rows; none of lists and objects. */
  readonly values: readonly { readonly text: string; readonly rows: number }[]
  /** Why it can't be a feature; null where it can. */
  readonly unfit: string | null
}

export type Inspected = {
  readonly rows: number
  /** Lines that are no rows. */
  readonly rejected: number
  readonly columns: readonly InspectedColumn[]
  readonly guess: GuessedRoles
}

const shownValues = 8
const shownLetters = 60

/** Throws the errors of `openSource`. */
export async function inspectHistory(path: string): Promise<Inspected> {
  const source = await openSource(path)
  try {
    const profiles = await profile(source)
    const columns: InspectedColumn[] = []
    const { rows, rejected } = source
    const all = { path, rows, profiles }
    for (const one of profiles) columns.push({ ...(await inspected(source, one)), unfit: unfit(all, one) ?? null })
    return { rows, rejected: rejected.length, columns, guess: guessRoles(all) }
  } finally {
    source.close()
  }
}

async function inspected({ connection }: Source, column: Profile): Promise<Omit<InspectedColumn, 'unfit'>> {
  const { name, cell, present, distinct, type, min, max } = column
  const values =
    type === 'nested'
      ? []
      : await query(
          connection,
          `select ${cell}::varchar, count(*) from raw where ${cell} is not null group by 1 order by 2 desc, 1 limit ${shownValues}`,
        )
  return {
    ...{ name, kind: kindOf(column), present, distinct, min, max },
    values: values.map(([text, rows]) => ({ text: String(text).slice(0, shownLetters), rows: Number(rows) })),
  }
}

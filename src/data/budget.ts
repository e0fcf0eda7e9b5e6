// More rows than a budget in, a view of as many out: every anomaly, and of the normal rows a sample that stands for all.

import { TocsinError } from '../core/error.ts'
import { query, type Source } from './source.ts'

export type RowBudget = {
  readonly maxRows: number
  /** What the columns of the rows that are kept may take while training reads them; no limit where absent. */
  readonly maxMemoryGb?: number
  readonly seed: number
}

// Of a cell as it is read (8), as training reads it (4), and as bins, by column and by row (2); of a row its time, weight, amount, id,
// and what boosting keeps of it.
const cellBytes = 14
const rowBytes = 120

/** Rows of so many columns that are within the budget, and which of its limits says so. */
function room({ maxRows, maxMemoryGb = Number.POSITIVE_INFINITY }: RowBudget, width: number) {
  const fitting = Math.floor((maxMemoryGb * 1e9) / (rowBytes + cellBytes * width))
  const needed = (rows: number) => Math.ceil((rows * (rowBytes + cellBytes * width)) / 1e8) / 10
  if (maxRows <= fitting)
    return { rows: maxRows, limit: 'model.maxRows', found: `${maxRows}`, enough: (rows: number) => rows }
  return { rows: fitting, limit: 'model.maxMemoryGb', found: `${maxMemoryGb} for ${width} columns`, enough: needed }
}

/**
 * Makes the view `kept` of the view `sound`: all of it where it fits the budget; else its anomalies, and normal rows that a hash of
 * their place and the seed chooses; `width` columns of them will be read. DuckDB streams them: what is left out never comes into this process. `label` is SQL, 1 or 0.
 * Throws `HISTORY_BUDGET_TOO_SMALL` where the anomalies alone, and as many normal rows, would not fit.
 */
export async function keepWithinBudget(
  { path, connection }: Source,
  { label, width }: { readonly label: string; readonly width: number },
  budget: RowBudget,
): Promise<{ readonly normals: number; readonly limit: string } | null> {
  const { rows: maxRows, limit, found, enough } = room(budget, width)
  const counts = await query(connection, `select count(*), coalesce(sum(${label}), 0)::bigint from sound`)
  const [rows, anomalies] = counts[0]!.map(Number) as [number, number]
  const normals = rows - anomalies
  const isWhole = rows <= maxRows
  if (!isWhole && anomalies * 2 > maxRows)
    throw new TocsinError(
      'HISTORY_BUDGET_TOO_SMALL',
      `${path} has ${anomalies} anomalies in ${rows} rows, and ${limit} is ${found}; expected room for all of them and as many normal rows; set ${limit} to ${enough(anomalies * 2)} or more`,
    )
  // 2^32 steps are fine enough for a share, and an exact number in SQL.
  const share = Math.floor(((maxRows - anomalies) / normals) * 2 ** 32)
  const where = isWhole ? '' : ` where ${label} = 1 or hash(place, ${budget.seed}) >> 32 < ${share}`
  await connection.run(`create temp view kept as select * from sound${where}`)
  return isWhole ? null : { normals, limit }
}

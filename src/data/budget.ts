// More rows than a budget in, a view of as many out: every anomaly, and of the normal rows a sample that stands for all.

import { TocsinError } from '../core/error.ts'
import { query, type Source } from './source.ts'

export type RowBudget = { readonly maxRows: number; readonly seed: number }

/**
 * Makes the view `kept` of the view `sound`: all of it where it fits the budget; else its anomalies, and normal rows that a hash of
 * their place and the seed chooses. DuckDB streams them: what is left out never comes into this process. `label` is SQL, 1 or 0.
 * Throws `HISTORY_BUDGET_TOO_SMALL` where the anomalies alone, and as many normal rows, would not fit.
 */
export async function keepWithinBudget(
  { path, connection }: Source,
  label: string,
  { maxRows, seed }: RowBudget,
): Promise<{ readonly normals: number } | null> {
  const counts = await query(connection, `select count(*), coalesce(sum(${label}), 0)::bigint from sound`)
  const [rows, anomalies] = counts[0]!.map(Number) as [number, number]
  const normals = rows - anomalies
  const isWhole = rows <= maxRows
  if (!isWhole && anomalies * 2 > maxRows)
    throw new TocsinError(
      'HISTORY_BUDGET_TOO_SMALL',
      `${path} has ${anomalies} anomalies in ${rows} rows, and model.maxRows is ${maxRows}; expected room for all of them and as many normal rows; set model.maxRows to ${anomalies * 2} or more`,
    )
  // 2^32 steps are fine enough for a share, and an exact number in SQL.
  const share = Math.floor(((maxRows - anomalies) / normals) * 2 ** 32)
  const where = isWhole ? '' : ` where ${label} = 1 or hash(place, ${seed}) >> 32 < ${share}`
  await connection.run(`create temp view kept as select * from sound${where}`)
  return isWhole ? null : { normals }
}

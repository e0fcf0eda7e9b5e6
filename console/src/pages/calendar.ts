// Calendar days → the weeks that hold them, Monday first, as the server names them.

const dayMs = 86_400_000

export type Week = {
  /** As `/reports/periods/:period` takes it: 2026-W47. */
  readonly name: string
  /** Seven calendar days from Monday on. */
  readonly days: readonly string[]
}

const at = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10)

/** Newest first, without gaps, at most `limit`; none where there is no day. */
export function weeksOf(days: readonly string[], limit: number): Week[] {
  const [first, last] = [[...days].sort().at(0), [...days].sort().at(-1)]
  if (first === undefined || last === undefined) return []
  const weeks: Week[] = []
  for (let monday = mondayOf(last); monday >= mondayOf(first) && weeks.length < limit; monday -= 7 * dayMs)
    weeks.push({ name: weekName(monday), days: Array.from({ length: 7 }, (_, i) => dayOf(monday + i * dayMs)) })
  return weeks
}

function mondayOf(day: string): number {
  const weekday = (new Date(at(day)).getUTCDay() + 6) % 7
  return at(day) - weekday * dayMs
}

// ISO 8601: a week is of the year that its Thursday is in.
function weekName(monday: number): string {
  const year = new Date(monday + 3 * dayMs).getUTCFullYear()
  const firstMonday = mondayOf(`${year}-01-04`)
  return `${year}-W${String(1 + Math.round((monday - firstMonday) / (7 * dayMs))).padStart(2, '0')}`
}

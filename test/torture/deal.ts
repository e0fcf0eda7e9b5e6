// Cases with their shares and a number of seeds in, which case plays which seed out.

import type { Case } from './cases.ts'

export type Run = { readonly case: Case; readonly seed: number }

/** Every case has one seed at least; what is left over goes to the first. */
export function deal(cases: readonly Case[], { seeds, from }: { seeds: number; from: number }): Run[] {
  const whole = cases.reduce((sum, { share }) => sum + share, 0)
  const counts = cases.map(({ share }) => Math.max(1, Math.floor((share / whole) * seeds)))
  const left = seeds - counts.reduce((sum, count) => sum + count, 0)
  const dealt = cases.flatMap((one, i) =>
    Array.from({ length: counts[i]! + (i === 0 ? Math.max(0, left) : 0) }, () => one),
  )
  return dealt.slice(0, seeds).map((one, i) => ({ case: one, seed: from + i }))
}

/** What plays it again. */
export function commandOf({ case: { name }, seed }: Run): string {
  return `npm run torture -- --cases ${JSON.stringify(name)} --seed ${seed}`
}

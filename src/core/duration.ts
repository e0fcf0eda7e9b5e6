// `10m` in, milliseconds out, and back into words.

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const words = [
  ['day', unitMs.d],
  ['hour', unitMs.h],
  ['minute', unitMs.m],
  ['second', unitMs.s],
  ['millisecond', 1],
] as const

export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** ms of a text that `durationPattern` matches. */
export function durationMs(text: string): number {
  const [, amount, unit] = durationPattern.exec(text) ?? []
  return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs])
}

/** e.g. `10 minutes`, `1 day`, `36 hours`. */
export function durationWords(ms: number): string {
  const [name, unit] = words.find(([, size]) => ms % size === 0 && (size < unitMs.d || ms > size)) ?? words.at(-1)!
  const amount = ms / unit
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}

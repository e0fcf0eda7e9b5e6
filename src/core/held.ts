// Why an alert was not told at once, and how people are told why.

export type HeldReason = 'silenced' | 'inhibited' | 'rest' | 'quiet' | 'grouped' | 'storm'

export const heldWords: Readonly<Record<HeldReason, string>> = {
  silenced: 'silenced',
  inhibited: 'muted by a graver alert',
  rest: 'not to be told at once',
  quiet: 'in quiet hours',
  grouped: 'of entities told shortly before',
  storm: 'beyond the limit',
}

/** How many alerts of a day one policy did not tell at once, for one reason. */
export type HeldCount = { readonly policy: string; readonly reason: HeldReason; readonly alerts: number }

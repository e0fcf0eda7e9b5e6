// A seed in, a history of card payments out: customers, terminals, money, hours, and three kinds of fraud that change over the weeks.

import { Random } from '../core/random.ts'
import { fraudDays } from './cards/fraud.ts'
import { honestDays, minutesPerDay, type Payment } from './cards/habits.ts'
import { type CardPayment, openProcessor } from './cards/processor.ts'
import { makeWorld } from './cards/world.ts'

export type CardOptions = {
  readonly seed: number
  readonly days?: number
  readonly customers?: number
  readonly terminals?: number
  readonly transactionsPerDay?: number
  /** First midnight, ms since 1970 UTC. */
  readonly startMs?: number
}

/** Of the payments, to aim at. */
const fraudShare = 0.0045
/** Days before the first row, without fraud, in which the processor gets to know the cards. */
const warmUpDays = 14

/**
 * Rows in order of time; the same options give the same rows. The column `is_fraud` is the label.
 *
 * @example await writeCsv('history.csv', generateCards({ seed: 1 }))
 */
export function* generateCards(options: CardOptions): Generator<CardPayment> {
  const { seed, days = 60, customers = 1500, terminals = 700, transactionsPerDay = 2500 } = options
  const { startMs = Date.UTC(2026, 8, 7) } = options
  const random = new Random(seed)
  const lastDay = warmUpDays + days
  const world = makeWorld(random, { customers, terminals, days: lastDay })
  const honestDay = honestDays(random, world, transactionsPerDay)
  const fraudDay = fraudDays(random, world, { firstDay: warmUpDays, days, perDay: transactionsPerDay * fraudShare })
  const process = openProcessor(world, startMs - warmUpDays * 86_400_000)
  let pending: Payment[] = []
  for (let day = 0; day < lastDay; day++) {
    // What goes on past midnight waits for the next day's rows.
    const planned = [...pending, ...honestDay(day), ...fraudDay(day)].sort((a, b) => a.minute - b.minute)
    const midnight = (day + 1) * minutesPerDay
    pending = planned.filter(({ minute }) => minute >= midnight)
    for (const payment of planned) {
      if (payment.minute >= midnight) break
      const row = process(payment)
      if (day >= warmUpDays) yield row
    }
  }
}

// Payments in order of time in, what a payment processor knows of each at that moment out: computed from what it has seen, never from the fraud.

import { minutesPerDay, type Payment } from './habits.ts'
import { distanceKm, type World } from './world.ts'

/** One row of the generated history. Null where the processor does not know. */
export type CardPayment = {
  readonly transaction_id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly card_id: string
  readonly terminal_id: string
  readonly amount: number
  /** 0 to 23. */
  readonly hour: number
  readonly merchant_category: string
  readonly channel: string
  /** The merchant's country is not the card's. */
  readonly is_abroad: boolean
  /** From the card's home to the terminal; null on the web and where the terminal's place is not registered. */
  readonly distance_km: number | null
  /** Null at the card's first payment. */
  readonly seconds_since_last: number | null
  /** Payments of the card in the 24 hours before this one. */
  readonly payments_24h: number
  /** Attempts of the card that were declined in the 24 hours before. */
  readonly declines_24h: number
  /** Amount over the running mean of the card's amounts; null until it has three. */
  readonly amount_ratio: number | null
  readonly terminal_age_days: number | null
  /** The card has never paid there before. */
  readonly is_new_terminal: boolean
  /** The label. */
  readonly is_fraud: 0 | 1
}

type CardState = {
  payments: Window
  declines: Window
  last: number
  usual: number
  seen: number
  terminals: Set<string>
}

/** Times of the last 24 hours. */
class Window {
  #times: number[] = []
  #first = 0

  add(minute: number): void {
    this.#times.push(minute)
  }

  countAt(minute: number): number {
    while (this.#first < this.#times.length && this.#times[this.#first]! <= minute - minutesPerDay) this.#first++
    return this.#times.length - this.#first
  }
}

/** A function to be called for each payment in order of time. `startMs` is the simulation's first midnight. */
export function openProcessor(world: World, startMs: number): (payment: Payment) => CardPayment {
  const cards = world.customers.map(newCard)
  let count = 0
  return (payment) => {
    const card = cards[payment.customer]!
    for (let n = 0; n < payment.declines; n++) card.declines.add(payment.minute)
    const row = describe(payment, card, world, startMs, ++count)
    remember(card, payment)
    return row
  }
}

function newCard(): CardState {
  return {
    payments: new Window(),
    declines: new Window(),
    last: Number.NaN,
    usual: Number.NaN,
    seen: 0,
    terminals: new Set(),
  }
}

function describe(payment: Payment, card: CardState, world: World, startMs: number, n: number): CardPayment {
  const { minute, terminal, amount } = payment
  const customer = world.customers[payment.customer]!
  const timeMs = startMs + Math.round(minute * 60) * 1000
  const isPlaced = !terminal.trade.isOnline && terminal.isRegistered
  return {
    transaction_id: `tx-${String(n).padStart(7, '0')}`,
    time: new Date(timeMs).toISOString().replace('.000Z', 'Z'),
    card_id: customer.card,
    terminal_id: terminal.id,
    amount,
    hour: Math.floor(timeMs / 3_600_000) % 24,
    merchant_category: terminal.trade.name,
    channel: payment.channel,
    is_abroad: terminal.isAbroad,
    distance_km: isPlaced ? Math.round(10 * distanceKm(customer.home, terminal.place)) / 10 : null,
    seconds_since_last: card.seen > 0 ? Math.round((minute - card.last) * 60) : null,
    payments_24h: card.payments.countAt(minute),
    declines_24h: card.declines.countAt(minute),
    amount_ratio: card.seen >= 3 ? Math.round((1000 * amount) / card.usual) / 1000 : null,
    terminal_age_days: terminal.isRegistered ? Math.floor(minute / minutesPerDay) - terminal.openedDay : null,
    is_new_terminal: !card.terminals.has(terminal.id),
    is_fraud: payment.isFraud ? 1 : 0,
  }
}

function remember(card: CardState, { minute, amount, terminal }: Payment): void {
  card.payments.add(minute)
  card.last = minute
  card.seen++
  // The mean of the first twenty, then one that forgets slowly.
  card.usual = card.seen === 1 ? amount : card.usual + (amount - card.usual) / Math.min(card.seen, 20)
  card.terminals.add(terminal.id)
}

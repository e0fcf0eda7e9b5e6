// The world and a day in, that day's honest payments out: errands, evenings, shopping on the web, journeys.

import type { Random } from '../../core/random.ts'
import {
  type Channel,
  type Customer,
  pickBy,
  pickOpen,
  type Terminal,
  type Trade,
  trades,
  type World,
} from './world.ts'

/** A payment before the processor has seen it. */
export type Payment = {
  /** Minutes since the simulation's first midnight. */
  readonly minute: number
  readonly customer: number
  readonly terminal: Terminal
  readonly amount: number
  readonly channel: Channel
  /** Attempts of this card that were declined just before. */
  readonly declines: number
  readonly isFraud: boolean
}

export const minutesPerDay = 1440
const weekdays = [0.94, 0.95, 0.97, 1.02, 1.16, 1.12, 0.84]
const shopTrades = trades.filter(({ isOnline }) => !isOnline)
const webTrades = trades.filter(({ isOnline }) => isOnline)

type Journey = { readonly town: number; readonly lastDay: number }

/** A function to be called for each day in turn. */
export function honestDays(random: Random, world: World, paymentsPerDay: number): (day: number) => Payment[] {
  const pickCustomer = customerPicker(random, world)
  const journeys = new Map<number, Journey>()
  return (day) => {
    setOut(random, world, journeys, day)
    // Sessions on the web add payments to those planned: about 8 %.
    const planned = Math.round((paymentsPerDay * weekdays[day % 7]! * (1 + 0.03 * random.normal())) / 1.08)
    const payments: Payment[] = []
    for (let n = 0; n < planned; n++) {
      const customer = pickCustomer()
      plan(random, world, { day, customer, journey: journeys.get(customer), payments })
    }
    return payments
  }
}

function customerPicker(random: Random, { customers }: World): () => number {
  let sum = 0
  const sums = Float64Array.from(customers, ({ activity }) => (sum += activity))
  return () => {
    const wanted = random.uniform() * sum
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! <= wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

// About one in thirty is on a journey at any time, a third of them abroad.
function setOut(random: Random, world: World, journeys: Map<number, Journey>, day: number): void {
  for (const [customer, { lastDay }] of journeys) if (lastDay < day) journeys.delete(customer)
  const leaving = Math.round(world.customers.length * 0.006)
  for (let n = 0; n < leaving; n++) {
    const abroad = random.uniform() < 0.35
    const town = abroad
      ? world.abroadFrom + random.below(world.towns.length - world.abroadFrom)
      : random.below(world.abroadFrom)
    journeys.set(random.below(world.customers.length), { town, lastDay: day + 2 + random.below(7) })
  }
}

type Plan = {
  readonly day: number
  readonly customer: number
  readonly journey: Journey | undefined
  readonly payments: Payment[]
}

function plan(random: Random, world: World, { day, customer, journey, payments }: Plan): void {
  const who = world.customers[customer]!
  const isOnline = random.uniform() < who.onlineShare
  const trade = pickBy(random, isOnline ? webTrades : shopTrades, ({ share, name }) =>
    journey && name === 'hotel' ? 12 : share,
  )
  const terminal = pickTerminal(random, world, who, trade, journey, day)
  let minute = day * minutesPerDay + minuteOfDay(random, who.isNightOwl ? 'late' : trade.hours)
  const declines = random.uniform() < 0.012 ? 1 + random.below(2) : 0
  payments.push(pay(random, who, { minute, customer, terminal, declines, factor: journey ? 1.4 : 1 }))
  if (!isOnline) return
  while (random.uniform() < 0.22) {
    minute += 1 + random.exponential(12)
    const next = pickTerminal(
      random,
      world,
      who,
      pickBy(random, webTrades, ({ share }) => share),
      journey,
      day,
    )
    payments.push(pay(random, who, { minute, customer, terminal: next, declines: 0, factor: 1 }))
  }
}

function pickTerminal(
  random: Random,
  world: World,
  who: Customer,
  trade: Trade,
  journey: Journey | undefined,
  day: number,
): Terminal {
  const favourites = who.favourites.get(trade)!
  const favourite = favourites[random.below(favourites.length)]!
  const isAtHome = trade.isOnline || journey === undefined
  if (isAtHome && random.uniform() < 0.78) return favourite
  // Now and then to the next town.
  const town = trade.isOnline
    ? -1
    : (journey?.town ?? (random.uniform() < 0.12 ? random.below(world.abroadFrom) : who.town))
  return pickOpen(random, world.terminalsOf(trade, town), day) ?? favourite
}

export function minuteOfDay(random: Random, hours: Trade['hours']): number {
  const [middle, width] = { day: [13.2, 3.4], evening: [18.6, 2.8], late: [20.5, 4.6] }[hours] as [number, number]
  const hour = (middle + width * random.normal() + 48) % 24
  return hour * 60
}

type Paying = { minute: number; customer: number; terminal: Terminal; declines: number; factor: number }

function pay(random: Random, who: Customer, { minute, customer, terminal, declines, factor }: Paying): Payment {
  const { trade } = terminal
  const amount = money(trade.usualAmount * who.spending * factor * Math.exp(trade.spread * random.normal()))
  const channel = trade.isOnline
    ? 'online'
    : amount < 60 && random.uniform() < trade.contactlessShare
      ? 'contactless'
      : 'chip'
  return { minute, customer, terminal, amount, channel, declines, isFraud: false }
}

/** Whole cents, at least 20 of them. */
export function money(amount: number): number {
  return Math.max(0.2, Math.round(amount * 100) / 100)
}

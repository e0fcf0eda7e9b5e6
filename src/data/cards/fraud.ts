// The world and a day in, that day's frauds out: three kinds, whose numbers and manners change over the weeks.

import type { Random } from '../../core/random.ts'
import { minuteOfDay, minutesPerDay, money, type Payment } from './habits.ts'
import { distanceKm, pickBy, type Terminal, type World } from './world.ts'

type Season = { readonly firstDay: number; readonly days: number; readonly perDay: number }
type Day = { readonly day: number /** 0 on the first day, 1 on the last. */; readonly progress: number }

/** A function to be called for each day in turn; none before `firstDay`. `perDay` is the number of fraudulent payments to aim at. */
export function fraudDays(
  random: Random,
  world: World,
  { firstDay, days, perDay }: Season,
): (day: number) => Payment[] {
  const skimmers: Skimmer[] = []
  return (day) => {
    if (day < firstDay) return []
    const now = { day, progress: (day - firstDay) / Math.max(1, days - 1) }
    return [
      ...sprees(random, world, now, perDay * between(0.5, 0.4, now.progress)),
      ...skimming(random, world, now, skimmers, perDay * between(0.2, 0.32, now.progress)),
      ...takeovers(random, world, now, perDay * between(0.3, 0.28, now.progress)),
    ]
  }
}

/** From `first` on the first day to `last` on the last. */
function between(first: number, last: number, progress: number): number {
  return first + (last - first) * progress
}

/** A whole number near the mean, without bias. */
function count(random: Random, mean: number): number {
  return Math.floor(mean + random.uniform())
}

// — stolen numbers, spent on the web: at night and dear at first, later in the evening and in ordinary sums —

function sprees(random: Random, world: World, { day, progress }: Day, payments: number): Payment[] {
  const perSpree = 5
  return Array.from({ length: count(random, payments / perSpree) }, () => {
    const customer = random.below(world.customers.length)
    const isAtNight = random.uniform() < between(0.9, 0.3, progress)
    let minute = day * minutesPerDay + (isAtNight ? 300 * random.uniform() : minuteOfDay(random, 'evening'))
    return Array.from({ length: 2 + random.below(2 * perSpree - 3) }, () => {
      minute += 1 + random.exponential(between(5, 12, progress))
      const trade = pickBy(random, webShops(world, day), ({ trade: { name } }) => webChance(name, progress))
      const usual = world.customers[customer]!.spending * trade.trade.usualAmount
      const amount = money(usual * Math.exp(Math.log(between(3.8, 2.8, progress)) + 0.45 * random.normal()))
      const declines = random.uniform() < between(0.5, 0.35, progress) ? 1 + random.below(2) : 0
      return { minute, customer, terminal: trade, amount, channel: 'online' as const, declines, isFraud: true }
    })
  }).flat()
}

function webShops(world: World, day: number): Terminal[] {
  return world.terminals.filter(({ trade, openedDay }) => trade.isOnline && openedDay <= day)
}

function webChance(trade: string, progress: number): number {
  if (trade === 'online retail') return between(5, 2, progress)
  if (trade === 'digital goods') return between(1, 4, progress)
  return trade === 'gift cards' ? between(2, 3, progress) : 0.5
}

// — terminals that were tampered with: small sums that look like any other, at new machines of one trade after the other —

type Skimmer = { readonly terminal: Terminal; readonly lastDay: number }
const skimmedTrades = [
  { name: 'fuel', early: 8, late: 1 },
  { name: 'parking', early: 3, late: 6 },
  { name: 'vending', early: 1, late: 8 },
]

function skimming(
  random: Random,
  world: World,
  { day, progress }: Day,
  skimmers: Skimmer[],
  payments: number,
): Payment[] {
  const active = skimmers.filter(({ lastDay }) => lastDay >= day)
  while (active.length < 3) {
    const terminal = skimmable(random, world, day, progress)
    if (!terminal) return []
    const skimmer = { terminal, lastDay: day + 4 + random.below(8) }
    skimmers.push(skimmer)
    active.push(skimmer)
  }
  return Array.from({ length: count(random, payments) }, () => {
    const { terminal } = active[random.below(active.length)]!
    const customer = neighbour(random, world, terminal)
    const minute = day * minutesPerDay + minuteOfDay(random, 'late')
    const amount = money(between(19, 11, progress) * Math.exp(0.2 * random.normal()))
    return { minute, customer, terminal, amount, channel: 'contactless' as const, declines: 0, isFraud: true }
  })
}

// The machines are less than two months old; their trade moves on over the weeks.
function skimmable(random: Random, world: World, day: number, progress: number): Terminal | undefined {
  const young = world.terminals.filter(
    ({ openedDay, isAbroad }) => !isAbroad && openedDay <= day && day - openedDay < 60,
  )
  const liking = (terminal: Terminal) => {
    const trade = skimmedTrades.find(({ name }) => name === terminal.trade.name)
    return trade ? between(trade.early, trade.late, progress) : 0
  }
  return young.some((terminal) => liking(terminal) > 0) ? pickBy(random, young, liking) : undefined
}

function neighbour(random: Random, world: World, terminal: Terminal): number {
  for (let tries = 0; tries < 30; tries++) {
    const customer = random.below(world.customers.length)
    if (distanceKm(world.customers[customer]!.home, terminal.place) < 45) return customer
  }
  return random.below(world.customers.length)
}

// — accounts taken over, cards copied: far from home and dear at first, later in the country and less so —

function takeovers(random: Random, world: World, { day, progress }: Day, payments: number): Payment[] {
  const perCase = 3
  return Array.from({ length: count(random, payments / perCase) }, () => {
    const customer = random.below(world.customers.length)
    const isAbroad = random.uniform() < between(0.85, 0.6, progress)
    const town = isAbroad
      ? world.abroadFrom + random.below(world.towns.length - world.abroadFrom)
      : random.below(world.abroadFrom)
    const open = world.terminals.filter((terminal) => terminal.town === town && terminal.openedDay <= day)
    let minute = day * minutesPerDay + minuteOfDay(random, 'evening')
    return Array.from({ length: 1 + random.below(2 * perCase - 1) }, () => {
      minute += 3 + random.exponential(40)
      const terminal = pickBy(random, open, ({ trade: { name } }) => dearness[name] ?? 0.4)
      const usual = world.customers[customer]!.spending * terminal.trade.usualAmount
      const amount = money(usual * Math.exp(Math.log(between(4.8, 3.8, progress)) + 0.45 * random.normal()))
      const declines = random.uniform() < 0.3 ? 1 : 0
      return { minute, customer, terminal, amount, channel: 'chip' as const, declines, isFraud: true }
    })
  }).flat()
}

const dearness: Readonly<Record<string, number>> = { electronics: 5, clothing: 3, 'cash machine': 3, furniture: 1 }

// Seeded random numbers in, a small world of card payments out: towns, terminals of sixteen trades, and customers with their habits.

import type { Random } from '../../core/random.ts'

export type Channel = 'chip' | 'contactless' | 'online'
export type Place = { readonly x: number; readonly y: number }

/** A kind of merchant. Money in the world's one currency. */
export type Trade = {
  readonly name: string
  /** Share of all payments in its channel. */
  readonly share: number
  readonly usualAmount: number
  /** Standard deviation of the amount's logarithm. */
  readonly spread: number
  readonly isOnline: boolean
  /** Most of its payments come in these hours. */
  readonly hours: 'day' | 'evening' | 'late'
  /** How often people pay without putting the card in. */
  readonly contactlessShare: number
}

export const trades: readonly Trade[] = [
  shop('groceries', 34, 34, 0.7, 'day', 0.7),
  shop('restaurant', 17, 27, 0.6, 'evening', 0.6),
  shop('fuel', 9, 46, 0.4, 'day', 0.3),
  shop('transit', 11, 4.2, 0.5, 'day', 0.95),
  shop('parking', 5, 5.5, 0.6, 'day', 0.8),
  shop('vending', 4, 2.8, 0.5, 'late', 0.95),
  shop('pharmacy', 6, 17, 0.7, 'day', 0.6),
  shop('clothing', 6, 58, 0.8, 'day', 0.4),
  shop('electronics', 2.5, 160, 1, 'day', 0.1),
  shop('furniture', 1, 290, 0.9, 'day', 0.05),
  shop('hotel', 1, 140, 0.6, 'evening', 0.1),
  shop('cash machine', 3.5, 95, 0.6, 'late', 0),
  web('online retail', 55, 42, 0.9, 'evening'),
  web('digital goods', 30, 12, 0.8, 'late'),
  web('gift cards', 5, 45, 0.6, 'evening'),
  web('airline', 10, 240, 0.7, 'evening'),
]

function shop(
  name: string,
  share: number,
  usualAmount: number,
  spread: number,
  hours: Trade['hours'],
  contactlessShare: number,
): Trade {
  return { name, share, usualAmount, spread, hours, contactlessShare, isOnline: false }
}

function web(name: string, share: number, usualAmount: number, spread: number, hours: Trade['hours']): Trade {
  return { name, share, usualAmount, spread, hours, contactlessShare: 0, isOnline: true }
}

export type Terminal = {
  readonly id: string
  readonly trade: Trade
  /** Index of the town; -1 for a web shop. Towns from `abroadFrom` on lie abroad. */
  readonly town: number
  readonly place: Place
  readonly isAbroad: boolean
  /** Day of the simulation on which it opened; mostly long before. */
  readonly openedDay: number
  /** Whether the processor's register knows where it stands and how old it is. */
  readonly isRegistered: boolean
}

export type Customer = {
  readonly card: string
  readonly town: number
  readonly home: Place
  /** Relative number of payments. */
  readonly activity: number
  /** Factor on usual amounts. */
  readonly spending: number
  readonly onlineShare: number
  readonly isNightOwl: boolean
  readonly favourites: ReadonlyMap<Trade, readonly Terminal[]>
}

export type World = {
  readonly customers: readonly Customer[]
  readonly terminals: readonly Terminal[]
  readonly towns: readonly Place[]
  readonly abroadFrom: number
  /** Terminals of a trade in a town; web shops in town -1. */
  terminalsOf(trade: Trade, town: number): readonly Terminal[]
}

/** Machines that nobody stands beside. */
const unattended: ReadonlySet<string> = new Set(['fuel', 'parking', 'vending'])
const homeTowns = 10
const townsAbroad = 8

/** Distances in km. Home is a square of 300 km; abroad begins 500 km from its middle. */
export function makeWorld(random: Random, size: { customers: number; terminals: number; days: number }): World {
  const towns = makeTowns(random)
  const terminals = makeTerminals(random, towns, size)
  const byTrade = new Map(
    trades.map((trade) => [trade, groupByTown(terminals.filter((terminal) => terminal.trade === trade))]),
  )
  const terminalsOf: World['terminalsOf'] = (trade, town) => byTrade.get(trade)?.get(town) ?? []
  const customers = Array.from({ length: size.customers }, (_, n) => makeCustomer(random, n, towns, terminalsOf))
  return { customers, terminals, towns, abroadFrom: homeTowns, terminalsOf }
}

function groupByTown(terminals: readonly Terminal[]): ReadonlyMap<number, readonly Terminal[]> {
  return Map.groupBy(terminals, ({ town }) => town)
}

function makeTowns(random: Random): Place[] {
  const home = Array.from({ length: homeTowns }, () => ({ x: 300 * random.uniform(), y: 300 * random.uniform() }))
  const abroad = Array.from({ length: townsAbroad }, () => {
    const direction = 2 * Math.PI * random.uniform()
    const distance = 500 + 1500 * random.uniform()
    return { x: 150 + distance * Math.cos(direction), y: 150 + distance * Math.sin(direction) }
  })
  return [...home, ...abroad]
}

// Every town has had every trade for long; what is left over is spread by the trades' shares.
function makeTerminals(random: Random, towns: readonly Place[], size: { terminals: number; days: number }): Terminal[] {
  const terminals: Terminal[] = []
  const open = (trade: Trade, town: number, openedDay: number) =>
    terminals.push(makeTerminal(random, { n: terminals.length, trade, town, place: towns[town], openedDay }))
  const longAgo = () => Math.floor(-60 - random.exponential(700))
  for (const trade of trades) {
    if (trade.isOnline) for (let n = 0; n < 6; n++) open(trade, -1, longAgo())
    else for (let town = 0; town < towns.length; town++) open(trade, town, longAgo())
  }
  while (terminals.length < size.terminals) {
    const trade = pickBy(random, trades, ({ share }) => share)
    // Machines are replaced more often than shops: so many open during the simulation, or have not long before it.
    const recentShare = unattended.has(trade.name) ? 0.6 : 0.2
    const openedDay = random.uniform() < recentShare ? Math.floor(-60 + random.uniform() * (size.days + 30)) : longAgo()
    open(trade, trade.isOnline ? -1 : random.below(towns.length), openedDay)
  }
  return terminals
}

type Opening = Pick<Terminal, 'trade' | 'town' | 'openedDay'> & {
  readonly n: number
  readonly place: Place | undefined
}

function makeTerminal(random: Random, { n, trade, town, place, openedDay }: Opening): Terminal {
  return {
    id: `terminal-${String(n).padStart(4, '0')}`,
    trade,
    town,
    place: place ? near(random, place, 6) : { x: 0, y: 0 },
    isAbroad: place ? town >= homeTowns : random.uniform() < 0.3,
    openedDay,
    isRegistered: random.uniform() < 0.97,
  }
}

function makeCustomer(random: Random, n: number, towns: readonly Place[], terminalsOf: World['terminalsOf']): Customer {
  const town = random.below(homeTowns)
  const favourites = new Map<Trade, readonly Terminal[]>()
  for (const trade of trades) {
    const choice = terminalsOf(trade, trade.isOnline ? -1 : town)
    favourites.set(
      trade,
      Array.from({ length: 3 }, () => pickOpen(random, choice, 0) ?? choice[0]!),
    )
  }
  return {
    card: `card-${String(n).padStart(5, '0')}`,
    town,
    home: near(random, towns[town]!, 9),
    activity: 0.15 + random.exponential(1),
    spending: Math.exp(0.4 * random.normal()),
    onlineShare: 0.05 + 0.5 * random.uniform() ** 2,
    isNightOwl: random.uniform() < 0.15,
    favourites,
  }
}

function near(random: Random, { x, y }: Place, km: number): Place {
  return { x: x + km * random.normal(), y: y + km * random.normal() }
}

export function distanceKm(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

/** A terminal that is open on that day; undefined where a few tries found none. */
export function pickOpen(random: Random, terminals: readonly Terminal[], day: number): Terminal | undefined {
  for (let tries = 0; tries < 8 && terminals.length > 0; tries++) {
    const terminal = terminals[random.below(terminals.length)]!
    if (terminal.openedDay <= day) return terminal
  }
  return undefined
}

/** One item, with the chances that `weightOf` gives. */
export function pickBy<T>(random: Random, items: readonly T[], weightOf: (item: T) => number): T {
  let sum = 0
  for (const item of items) sum += weightOf(item)
  let left = random.uniform() * sum
  for (const item of items) {
    left -= weightOf(item)
    if (left < 0) return item
  }
  return items[items.length - 1]!
}

// Commits in, events a second out: a count of the last whole second.

export type Meter = { add(events: number): void; perSecond(): number }

export function createMeter(now: () => number): Meter {
  let second = Math.floor(now() / 1000)
  let current = 0
  let last = 0
  const roll = () => {
    const at = Math.floor(now() / 1000)
    if (at === second) return
    last = at === second + 1 ? current : 0
    current = 0
    second = at
  }
  return {
    add: (events) => {
      roll()
      current += events
    },
    perSecond: () => {
      roll()
      return last
    },
  }
}

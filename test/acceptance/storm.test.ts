import { expect, test } from 'vitest'
import { openWorld } from './world.ts'

const hourMs = 3_600_000
const minutes = 60_000

test('a storm of 100,000 alerts: messages within the limit, every alert counted once, little to remember', {
  timeout: 3 * minutes,
}, async () => {
  const quiet = ['mail', 'ann', 'ben', 'inbox'].map((name) => `  ${name}: {alerts: {entity: nobody}}`).join('\n')
  const world = await openWorld(`policies:\n  hook: {inAll: 20 per hour}\n${quiet}\n`)
  const inBatch = 1_000
  let mostMemory = 0
  let amount = 0
  for (let i = 0; i < 100; i++) {
    const time = `${String(9 + Math.floor(i / 30)).padStart(2, '0')}:${String(2 * (i % 30)).padStart(2, '0')}`
    await world.until(time)
    const coming = Array.from({ length: inBatch }, (_, j) => {
      const number = i * inBatch + j
      return { card: `card-${number % 5_000}`, amount: number % 1_000, score: number % 97 === 0 ? 0.95 : 0.6 }
    })
    amount += coming.reduce((sum, one) => sum + one.amount, 0)
    await world.raise(coming)
    await world.settle()
    const { memory } = await world.store.router('card-fraud')
    mostMemory = Math.max(mostMemory, JSON.stringify(memory).length)
  }
  await world.until('2026-11-24 09:00')

  const messages = await world.deliveries()
  const singles = messages.flatMap(({ message }) => (message.kind === 'alert' ? [message.alert] : []))
  const digests = messages.flatMap(({ message }) =>
    message.kind === 'notice' && message.topic === 'digest' ? [message.facts!] : [],
  )
  const sum = (fact: string) => digests.reduce((total, facts) => total + Number(facts[fact]), 0)
  console.log(`${messages.length} messages, ${digests.length} digests; at most ${mostMemory} bytes remembered`)

  expect(singles.length + sum('alerts')).toBe(100_000)
  const told = singles.reduce((total, alert) => total + alert.amount!, 0)
  expect(told + sum('amount')).toBe(amount)
  const critical = singles.filter(({ score }) => score >= 0.9).length
  expect(critical + sum('critical')).toBe(Math.ceil(100_000 / 97))
  expect(sum('critical') + sum('high') + sum('low')).toBe(sum('alerts'))
  const times = messages.map(({ nextAttemptAt }) => nextAttemptAt)
  for (const at of times)
    expect(times.filter((time) => time > at - hourMs && time <= at).length).toBeLessThanOrEqual(20)
  expect(messages.filter(({ message }) => message.kind === 'notice' && message.topic === 'storm')).toHaveLength(1)
  expect(mostMemory).toBeLessThan(20_000)
})

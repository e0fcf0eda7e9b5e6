import { describe, expect, test } from 'vitest'
import { openWorld } from './world.ts'

describe('without a policy', () => {
  test('inbox and webhook are told every alert at once', async () => {
    const world = await openWorld('')
    await world.at('09:00', { card: 'c1' }, { card: 'c1' }, { card: 'c2' })
    for (const receiver of ['inbox', 'hook'])
      expect(await world.told(receiver)).toEqual(['09:00 c1', '09:00 c1', '09:00 c2'])
  })

  test('a mailbox is told once an hour of each entity', async () => {
    const world = await openWorld('')
    await world.at('09:00', { card: 'c1' }, { card: 'c1' }, { card: 'c2' })
    await world.at('09:59', { card: 'c1' })
    await world.at('10:00', { card: 'c1' })
    expect(await world.told('mail')).toEqual(['09:00 c1', '09:00 c2', '10:00 c1'])
  })

  test('nobody is told of a decision that passed', async () => {
    const world = await openWorld('')
    await world.at('09:00')
    expect(await world.deliveries()).toEqual([])
  })
})

describe('which alerts', () => {
  test('a policy about some alerts leaves the others alone, and counts them as nothing held', async () => {
    const world = await openWorld('policies: {hook: {alerts: {amount: {over: 1000}}}}')
    const ids = await world.at('09:00', { amount: 1000 }, { amount: 1000.01, card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
    expect(await world.held('hook', ids)).toEqual([undefined, undefined])
  })

  test('at least is told from the very amount on', async () => {
    const world = await openWorld('policies: {hook: {atOnce: {amount: {from: 1000}}}}')
    await world.at('09:00', { amount: 999.99 }, { amount: 1000, card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
  })

  test('what is not told at once is held for the daily report, with the reason', async () => {
    const world = await openWorld('policies: {hook: {atOnce: {amount: {over: 1000}}}}')
    const ids = await world.at('09:00', { amount: 10 }, { amount: 2000 })
    expect(await world.held('hook', ids)).toEqual(['rest', undefined])
    await world.until('23:59')
    expect(await world.told('hook')).toEqual(['09:00 c1'])
  })

  test('an alert without an amount matches no amount', async () => {
    const world = await openWorld('policies: {hook: {atOnce: {amount: {below: 1000}}}}')
    await world.at('09:00', { amount: null }, { amount: 5, card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
  })

  test('entities are matched by name and by pattern', async () => {
    const world = await openWorld('policies: {hook: {atOnce: {entity: [c1, "vip-*"]}}}')
    await world.at('09:00', { card: 'c1' }, { card: 'c10' }, { card: 'vip-7' }, { card: 'a-vip-7' })
    expect(await world.told('hook')).toEqual(['09:00 c1', '09:00 vip-7'])
  })

  test('a reason is matched by its feature', async () => {
    const world = await openWorld('policies: {hook: {atOnce: {reason: country}}}')
    await world.at('09:00', { reason: 'amount' }, { reason: 'country', card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
  })

  test('all keys of one matcher must hold, and one matcher of a list is enough', async () => {
    const world = await openWorld(
      'policies: {hook: {atOnce: [{amount: {over: 100}, score: {from: 0.8}}, {entity: c9}]}}',
    )
    await world.at('09:00', { amount: 500 }, { score: 0.9 }, { amount: 500, score: 0.9, card: 'c2' }, { card: 'c9' })
    expect(await world.told('hook')).toEqual(['09:00 c2', '09:00 c9'])
  })

  test('severity comes from the score where nothing is configured', async () => {
    const world = await openWorld('policies: {hook: {atOnce: critical}}')
    await world.at('09:00', { score: 0.89 }, { score: 0.9, card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
  })

  test('severity comes from score and money where bands say so, the graver band first', async () => {
    const world = await openWorld(`
severity: {critical: [{amount: {from: 5000}}], high: [{score: {from: 0.6}}]}
policies: {hook: {atOnce: critical}, inbox: {atOnce: [high]}}`)
    await world.at('09:00', { card: 'big', amount: 5000, score: 0.7 }, { card: 'sure', score: 0.6 }, { card: 'low' })
    expect(await world.told('hook')).toEqual(['09:00 big'])
    expect(await world.told('inbox')).toEqual(['09:00 sure'])
  })

  test('the message carries the severity', async () => {
    const world = await openWorld('')
    await world.at('09:00', { score: 0.75 })
    const [delivery] = await world.deliveries()
    expect(delivery!.message).toMatchObject({ kind: 'alert', severity: 'high' })
  })
})

describe('grouping per entity', () => {
  const hourly = 'policies: {hook: {perEntity: 1 per hour}}'

  test('a second alert of an entity is held within the span, and told after it', async () => {
    const world = await openWorld(hourly)
    const ids = [...(await world.at('09:00', {})), ...(await world.at('09:30', {})), ...(await world.at('10:00', {}))]
    expect(await world.told('hook')).toEqual(['09:00 c1', '10:00 c1'])
    expect(await world.held('hook', ids)).toEqual([undefined, 'grouped', undefined])
  })

  test('the span counts from the last message, not from the last alert', async () => {
    const world = await openWorld(hourly)
    for (const time of ['09:00', '09:50', '10:10', '10:55', '11:11']) await world.at(time, {})
    expect(await world.told('hook')).toEqual(['09:00 c1', '10:10 c1', '11:11 c1'])
  })

  test('entities do not hold one another', async () => {
    const world = await openWorld(hourly)
    await world.at('09:00', { card: 'c1' })
    await world.at('09:01', { card: 'c2' }, { card: 'c1' })
    expect(await world.told('hook')).toEqual(['09:00 c1', '09:01 c2'])
  })

  test('several messages in a span are so many in any span', async () => {
    const world = await openWorld('policies: {hook: {perEntity: 2 per 10 minutes}}')
    for (const time of ['09:00', '09:06', '09:08', '09:10', '09:12', '09:16']) await world.at(time, {})
    expect(await world.told('hook')).toEqual(['09:00 c1', '09:06 c1', '09:10 c1', '09:16 c1'])
  })

  test('two alerts of one batch are one message', async () => {
    const world = await openWorld(hourly)
    await world.at('09:00', {}, {}, {})
    expect(await world.told('hook')).toEqual(['09:00 c1'])
  })

  test('each receiver groups for itself', async () => {
    const world = await openWorld('policies: {hook: {perEntity: 1 per hour}, inbox: {perEntity: 1 per 5 minutes}}')
    for (const time of ['09:00', '09:05', '09:30']) await world.at(time, {})
    expect(await world.told('hook')).toEqual(['09:00 c1'])
    expect(await world.told('inbox')).toEqual(['09:00 c1', '09:05 c1', '09:30 c1'])
  })

  test('what was held comes in a digest so long after the first of it', async () => {
    const world = await openWorld('policies: {hook: {perEntity: 1 per hour, rest: {digest: 2 hours}}}')
    for (const time of ['09:00', '09:10', '09:20', '11:05']) await world.at(time, {})
    await world.until('14:00')
    expect(await world.told('hook')).toEqual(['09:00 c1', '11:05 c1', '11:10 digest of 2'])
  })

  test('a digest says how many, of whom, how much, how grave, and why', async () => {
    const world = await openWorld('policies: {hook: {perEntity: 1 per hour, rest: {digest: 1 hour}}}')
    await world.at('09:00', { card: 'c1' }, { card: 'c1', amount: 100, score: 0.95 }, { card: 'c1', amount: 50.5 })
    await world.until('10:00')
    const digest = (await world.deliveries()).find(({ message }) => message.kind === 'notice')!
    expect(digest.message).toMatchObject({
      topic: 'digest',
      subject: 'Digest (card-fraud): 2 alerts, 150.50 at risk',
      facts: { alerts: 2, amount: 150.5, critical: 1, low: 1, high: 0, policy: 'hook' },
      urls: { page: 'http://tocsin/alerts' },
    })
    if (digest.message.kind !== 'notice') throw new TypeError('a digest is a notice')
    expect(
      digest.message.text,
    ).toBe(`2 alerts of one entity, not told one by one between 09:00 and 10:00: 1 critical, 1 low, 150.50 at risk.
Why: 2 of entities told shortly before.

The gravest:
1. c1, critical, 100.00 at risk, score 0.95, amount is high
2. c1, low, 50.50 at risk, score 0.50, amount is high`)
  })
})

describe('inhibition', () => {
  const policy = 'policies: {hook: {inhibit: [{when: critical, mute: low, for: 30 minutes}]}}'

  test('after a grave alert the slight ones of that entity are not told for a while', async () => {
    const world = await openWorld(policy)
    await world.at('09:00', { score: 0.95 })
    const ids = await world.at('09:10', { card: 'c1' }, { card: 'c2' })
    await world.at('09:30', { card: 'c1' })
    expect(await world.told('hook')).toEqual(['09:00 c1', '09:10 c2', '09:30 c1'])
    expect(await world.held('hook', ids)).toEqual(['inhibited', undefined])
  })

  test('what the rule does not mute is told', async () => {
    const world = await openWorld(policy)
    await world.at('09:00', { score: 0.95 }, { score: 0.75 }, { score: 0.95 })
    expect(await world.told('hook')).toHaveLength(3)
  })
})

import { describe, expect, test } from 'vitest'
import { type AcceptanceWorld, type Coming, openWorld } from './world.ts'

const cards = (count: number, from = 0): Coming[] => Array.from({ length: count }, (_, i) => ({ card: `k${from + i}` }))
const kinds = async (world: AcceptanceWorld, receiver: string) =>
  (await world.told(receiver)).filter((line) => /storm|digest/.test(line))

describe('a limit in all', () => {
  const limited = 'policies: {hook: {inAll: 5 per hour}}'

  test('lets through what is within it', async () => {
    const world = await openWorld(limited)
    await world.at('09:00', ...cards(3))
    expect(await world.told('hook')).toEqual(['09:00 k0', '09:00 k1', '09:00 k2'])
  })

  test('beyond it one message says so, and a digest follows', async () => {
    const world = await openWorld(limited)
    const ids = await world.at('09:00', ...cards(40))
    await world.until('12:00')
    expect(await world.told('hook')).toEqual([
      ...['09:00 k0', '09:00 k1', '09:00 k2', '09:00 storm', '09:10 digest of 37'],
    ])
    expect(await world.held('hook', ids)).toEqual([undefined, undefined, undefined, ...Array(37).fill('storm')])
  })

  test('the message of a storm has the numbers: the limit, and when the digest comes', async () => {
    const world = await openWorld(limited)
    await world.at('09:00', ...cards(4))
    const storm = (await world.deliveries()).find(({ message }) => message.kind === 'notice')!
    expect(storm.message).toMatchObject({
      topic: 'storm',
      subject: 'Storm of alerts (card-fraud): no more single messages until 09:10',
      facts: { policy: 'hook', limit: '5 messages an hour', digestAt: '2026-11-23T08:10:00.000Z' },
    })
  })

  test('a storm that is over gives way to single messages, as the limit allows', async () => {
    const world = await openWorld(limited)
    await world.at('09:00', ...cards(4))
    await world.at('10:20', { card: 'after' })
    expect(await world.told('hook')).toEqual([
      ...['09:00 k0', '09:00 k1', '09:00 k2', '09:00 storm', '09:10 digest of 1', '10:20 after'],
    ])
  })

  test('a storm that goes on brings a digest in each span, and says so', async () => {
    const world = await openWorld(limited)
    for (const [i, time] of ['09:00', '09:30', '10:05', '11:00', '12:00'].entries())
      await world.at(time, ...cards(50, 50 * i))
    await world.until('23:00')
    expect(await kinds(world, 'hook')).toEqual([
      ...['09:00 storm', '09:10 digest of 47', '10:10 digest of 100', '11:10 digest of 50', '12:10 digest of 50'],
    ])
    const texts = (await world.deliveries()).flatMap(({ message }) =>
      message.kind === 'notice' && message.topic === 'digest' ? [message.text] : [],
    )
    expect(texts[0]).toContain('The storm goes on; the next digest comes at 10:10.')
  })

  test('storm and digests count, too: in no span are there more messages than the limit', async () => {
    const world = await openWorld('policies: {hook: {inAll: 4 per 10 minutes}}')
    for (let minute = 0; minute < 60; minute++)
      await world.at(`09:${String(minute).padStart(2, '0')}`, ...cards(minute % 7, minute * 10))
    await world.until('12:00')
    const times = (await world.deliveries())
      .filter(({ receiver }) => receiver === 'hook')
      .map(({ nextAttemptAt }) => nextAttemptAt)
    for (const at of times)
      expect(times.filter((time) => time > at - 600_000 && time <= at).length).toBeLessThanOrEqual(4)
  })

  test('every alert is told by itself, or counted in a digest', async () => {
    const world = await openWorld('policies: {hook: {inAll: 4 per 10 minutes}}')
    let sent = 0
    for (let minute = 0; minute < 60; minute += 3) {
      await world.at(`09:${String(minute).padStart(2, '0')}`, ...cards(minute % 7, minute * 10))
      sent += minute % 7
    }
    await world.until('13:00')
    const messages = (await world.deliveries()).filter(({ receiver }) => receiver === 'hook')
    const single = messages.filter(({ message }) => message.kind === 'alert').length
    const inDigests = messages.flatMap(({ message }) =>
      message.kind === 'notice' && message.topic === 'digest' ? [Number(message.facts!.alerts)] : [],
    )
    expect(single + inDigests.reduce((sum, alerts) => sum + alerts, 0)).toBe(sent)
  })

  test('a limit of one message is one: the next is a digest when there is room', async () => {
    const world = await openWorld('policies: {hook: {inAll: 1 per hour}}')
    await world.at('09:00', ...cards(3))
    await world.until('11:00')
    expect(await world.told('hook')).toEqual(['09:00 k0', '10:00 digest of 2'])
  })

  test('a limit of two is one alert and the notice, then a digest when there is room', async () => {
    const world = await openWorld('policies: {hook: {inAll: 2 per hour}}')
    await world.at('09:00', { card: 'a' })
    await world.at('09:30', ...cards(3))
    await world.until('12:00')
    expect(await world.told('hook')).toEqual(['09:00 a', '09:30 storm', '10:00 digest of 3'])
  })

  test('a receiver in a storm holds up no other', async () => {
    const world = await openWorld(limited)
    await world.at('09:00', ...cards(40))
    expect(await world.told('inbox')).toHaveLength(40)
  })

  test('grouped alerts take nothing from the limit', async () => {
    const world = await openWorld('policies: {hook: {inAll: 5 per hour, perEntity: 1 per hour}}')
    await world.at('09:00', ...Array.from({ length: 30 }, () => ({ card: 'same' })), { card: 'other' })
    expect(await world.told('hook')).toEqual(['09:00 same', '09:00 other'])
  })

  test('a limit that is taken out of the configuration ends its storm with a digest', async () => {
    const world = await openWorld(limited)
    await world.at('09:00', ...cards(40))
    await world.restart('policies: {hook: {}}')
    await world.at('09:20', { card: 'after' })
    expect((await world.told('hook')).slice(3)).toEqual(['09:00 storm', '09:10 digest of 37', '09:20 after'])
  })
})

describe('quiet hours', () => {
  const night = 'policies: {hook: {quiet: {from: "22:00", to: "07:00", except: critical}}}'

  test('only the exception is told between their beginning and their end', async () => {
    const world = await openWorld(night)
    const ids = [
      ...(await world.at('21:59', { card: 'before' })),
      ...(await world.at('22:00', { card: 'slight' }, { card: 'grave', score: 0.95 })),
      ...(await world.at('2026-11-24 06:59', { card: 'late' })),
      ...(await world.at('2026-11-24 07:00', { card: 'morning' })),
    ]
    expect(await world.told('hook')).toEqual(['21:59 before', '22:00 grave', '11-24 07:00 morning'])
    expect(await world.held('hook', ids)).toEqual([undefined, 'quiet', undefined, 'quiet', undefined])
  })

  test('without an exception nobody is told', async () => {
    const world = await openWorld('policies: {hook: {quiet: {from: "22:00", to: "07:00"}}}')
    await world.at('23:00', { score: 1 })
    expect(await world.told('hook')).toEqual([])
  })

  test('hours within one day are quiet in it', async () => {
    const world = await openWorld('policies: {hook: {quiet: {from: "12:00", to: "13:00"}}}')
    for (const time of ['11:59', '12:00', '12:59', '13:00']) await world.at(time, { card: time })
    expect(await world.told('hook')).toEqual(['11:59 11:59', '13:00 13:00'])
  })

  test('what the night held back comes in a digest when it ends', async () => {
    const world = await openWorld(
      'policies: {hook: {quiet: {from: "22:00", to: "07:00", except: critical}, rest: {digest: 1 day}}}',
    )
    await world.at('23:00', ...cards(3))
    await world.at('2026-11-24 03:00', ...cards(2, 10))
    await world.until('2026-11-24 12:00')
    expect(await world.told('hook')).toEqual(['11-24 07:00 digest of 5'])
  })

  test('a digest that falls into the night waits for its end', async () => {
    const world = await openWorld(
      'policies: {hook: {atOnce: critical, quiet: {from: "22:00", to: "07:00"}, rest: {digest: 4 hours}}}',
    )
    await world.at('20:00', {})
    await world.until('2026-11-24 08:00')
    expect(await world.told('hook')).toEqual(['11-24 07:00 digest of 1'])
  })

  test('a storm’s digest waits for the morning, unless it counts what may wake somebody', async () => {
    const policy =
      'policies: {hook: {inAll: 3 per hour, quiet: {from: "22:00", to: "07:00", except: critical}}, inbox: {inAll: 3 per hour, quiet: {from: "22:00", to: "07:00"}}}'
    const world = await openWorld(policy)
    await world.at('21:55', ...cards(3))
    await world.at('22:01', { card: 'grave', score: 0.95 })
    await world.until('2026-11-24 08:00')
    expect(await kinds(world, 'hook')).toEqual(['21:55 storm', '22:05 digest of 3'])
    expect(await kinds(world, 'inbox')).toEqual(['21:55 storm', '11-24 07:00 digest of 2'])
  })

  test('weekdays and holidays are quiet all day', async () => {
    const world = await openWorld(
      'policies: {hook: {quiet: {days: [sat, sun], holidays: [2026-11-24], except: critical}}}',
    )
    await world.at('2026-11-24 12:00', { card: 'holiday' }, { card: 'grave', score: 0.95 })
    await world.at('2026-11-25 12:00', { card: 'wednesday' })
    await world.at('2026-11-28 12:00', { card: 'saturday' })
    await world.at('2026-11-29 23:59', { card: 'sunday' })
    await world.at('2026-11-30 00:00', { card: 'monday' })
    expect(await world.told('hook')).toEqual(['11-24 12:00 grave', '11-25 12:00 wednesday', '11-30 00:00 monday'])
  })

  test('a digest of Friday night before a quiet weekend comes on Monday', async () => {
    const world = await openWorld(
      'policies: {hook: {quiet: {from: "22:00", to: "07:00", days: [sat, sun]}, rest: {digest: 1 hour}}}',
    )
    await world.at('2026-11-27 23:00', {})
    await world.until('2026-12-01 00:00')
    expect(await world.told('hook')).toEqual(['11-30 07:00 digest of 1'])
  })

  test('the hour is that of the place, also when its clocks change', async () => {
    const world = await openWorld('policies: {hook: {quiet: {from: "02:00", to: "03:00"}, rest: {digest: 1 hour}}}')
    // On 28 March 2027 clocks in Berlin go from 02:00 to 03:00: that hour is not there.
    await world.at('2027-03-28 01:59', { card: 'before' })
    await world.at('2027-03-28 03:00', { card: 'after' })
    expect(await world.told('hook')).toEqual(['03-28 01:59 before', '03-28 03:00 after'])
  })
})

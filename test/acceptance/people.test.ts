import { describe, expect, test } from 'vitest'
import { type AcceptanceWorld, openWorld } from './world.ts'

describe('a silence', () => {
  test('keeps what matches from every receiver until it ends', async () => {
    const world = await openWorld('')
    await world.until('09:00')
    await world.silence({ matcher: { entity: 'c1' }, until: '10:00' })
    const ids = await world.at('09:30', { card: 'c1' }, { card: 'c2' })
    await world.at('10:00', { card: 'c1' })
    expect(await world.told('hook')).toEqual(['09:30 c2', '10:00 c1'])
    expect(await world.held('hook', ids)).toEqual(['silenced', undefined])
    expect(await world.held('inbox', ids)).toEqual(['silenced', undefined])
  })

  test('does not take back what was told before it', async () => {
    const world = await openWorld('')
    await world.at('09:00', {})
    await world.silence({ matcher: { entity: 'c1' }, until: '10:00' })
    await world.at('09:10', {})
    expect(await world.told('inbox')).toEqual(['09:00 c1'])
  })

  test('ends by hand', async () => {
    const world = await openWorld('')
    const id = await world.silence({ matcher: { entity: 'c1' } })
    await world.at('09:00', {})
    await world.unsilence(id)
    await world.at('09:10', {})
    expect(await world.told('inbox')).toEqual(['09:10 c1'])
  })

  test('matches by amount, reason and severity as policies do', async () => {
    const world = await openWorld('')
    await world.silence({ matcher: { severity: 'low', amount: { below: 100 }, reason: 'country' } })
    await world.at('09:00', { reason: 'country' }, { card: 'dear', reason: 'country', amount: 100 }, { card: 'other' })
    expect(await world.told('inbox')).toEqual(['09:00 dear', '09:00 other'])
  })

  test('until an alert is answered ends with its label', async () => {
    const world = await openWorld('')
    const [id] = await world.at('09:00', {})
    await world.silence({ matcher: { entity: 'c1' }, untilAnswered: id! })
    await world.at('09:10', {})
    await world.label(id!)
    await world.at('09:20', {})
    expect(await world.told('inbox')).toEqual(['09:00 c1', '09:20 c1'])
  })

  test('leaves nothing for a digest', async () => {
    const world = await openWorld('policies: {hook: {rest: {digest: 1 hour}}}')
    await world.silence({ matcher: {}, until: '10:00' })
    await world.at('09:00', {})
    await world.until('23:00')
    expect(await world.told('hook')).toEqual([])
  })

  test('takes nothing from a limit and begins no storm', async () => {
    const world = await openWorld('policies: {hook: {inAll: 3 per hour}}')
    await world.silence({ matcher: { entity: 'noisy' }, until: '23:00' })
    await world.at('09:00', ...Array.from({ length: 20 }, () => ({ card: 'noisy' })), { card: 'c2' })
    expect(await world.told('hook')).toEqual(['09:00 c2'])
  })
})

describe('escalation', () => {
  const policy = `policies:
  hook: {inAll: 20 per hour, escalate: [{after: 15 minutes, to: ann}, {after: 30 minutes, to: [ben, mail]}]}
  mail: {atOnce: critical}
`

  test('what nobody answers is told to the next in line, then to the one after', async () => {
    const world = await openWorld(policy)
    await world.at('09:00', {})
    await world.until('12:00')
    expect(await world.told('hook')).toEqual(['09:00 c1'])
    expect(await world.told('ann')).toEqual(['09:15 c1 from hook'])
    expect(await world.told('ben')).toEqual(['09:45 c1 from hook'])
    expect(await world.told('mail')).toEqual(['09:45 c1 from hook'])
  })

  test('an acknowledgement ends it', async () => {
    const world = await openWorld(policy)
    const [id] = await world.at('09:00', {})
    await world.until('09:14')
    await world.acknowledge(id!)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual([])
  })

  test('a label ends it, too', async () => {
    const world = await openWorld(policy)
    const [id] = await world.at('09:00', {})
    await world.until('09:20')
    await world.label(id!)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual(['09:15 c1 from hook'])
    expect(await world.told('ben')).toEqual([])
  })

  test('who acknowledges the newest alert of an entity has seen the earlier ones', async () => {
    const world = await openWorld(policy)
    await world.at('09:00', {})
    const [second] = await world.at('09:10', {})
    await world.acknowledge(second!)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual([])
  })

  test('an alert after the acknowledgement escalates anew', async () => {
    const world = await openWorld(policy)
    const [first] = await world.at('09:00', {})
    await world.acknowledge(first!)
    await world.at('10:00', {})
    await world.until('10:20')
    expect(await world.told('ann')).toEqual(['10:15 c1 from hook'])
  })

  test('each entity escalates once at a time, from its first alert', async () => {
    const world = await openWorld(policy)
    await world.at('09:00', { card: 'c1' })
    await world.at('09:05', { card: 'c1' }, { card: 'c2' })
    await world.until('09:40')
    expect(await world.told('ann')).toEqual(['09:15 c1 from hook', '09:20 c2 from hook'])
  })

  test('what was not told does not escalate', async () => {
    const world = await openWorld(
      'policies: {hook: {inAll: 20 per hour, atOnce: critical, escalate: [{after: 15 minutes, to: ann}]}}',
    )
    await world.at('09:00', {})
    await world.until('12:00')
    expect(await world.told('ann')).toEqual([])
  })

  test('the next in line is told in quiet hours, too, but within their own limit', async () => {
    const world = await openWorld(`policies:
  hook: {inAll: 20 per hour, escalate: [{after: 15 minutes, to: ann}]}
  ann: {atOnce: critical, inAll: 3 per hour, quiet: {from: "22:00", to: "07:00"}}
`)
    await world.at('23:00', { card: 'c1' }, { card: 'c2' }, { card: 'c3' })
    await world.until('2026-11-24 12:00')
    expect(await world.told('ann')).toEqual(['23:15 c1 from hook', '23:15 storm', '11-24 07:00 digest of 2'])
  })

  test('an escalated message has a key of its own, and the same after any restart', async () => {
    const world = await openWorld('policies: {hook: {inAll: 9 per hour, escalate: [{after: 15 minutes, to: hook}]}}')
    await world.at('09:00', {})
    await world.restart()
    await world.until('09:15')
    expect(await world.told('hook')).toEqual(['09:00 c1', '09:15 c1 from hook'])
    const ids = (await world.deliveries()).filter(({ receiver }) => receiver === 'hook').map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('a storm that nobody answers', () => {
  const policy =
    'policies: {hook: {inAll: 5 per hour, escalate: [{after: 15 minutes, to: ann}, {after: 30 minutes, to: ben}]}}'
  const cards = (count: number) => Array.from({ length: count }, (_, i) => ({ card: `k${i}` }))
  const told = [1, 2, 3].map((i) => `09:15 k${i - 1} from hook`)
  /** Three single alerts, then the storm, which the fourth begins. */
  const begin = async (world: AcceptanceWorld) => (await world.at('09:00', ...cards(40)))[3]!

  test('is told to the next in line once, beside the alerts that were told, and then to the one after', async () => {
    const world = await openWorld(policy)
    await begin(world)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual([...told, '09:15 stormUnanswered'])
    expect(await world.told('ben')).toHaveLength(4)
    expect(await world.told('ben')).toContain('09:45 stormUnanswered')
  })

  test('says how to take charge of it, from its first notice on', async () => {
    const world = await openWorld(policy)
    const first = await begin(world)
    await world.until('09:20')
    const notices = (await world.deliveries()).flatMap(({ message }) => (message.kind === 'notice' ? [message] : []))
    const [storm, unanswered] = ['storm', 'stormUnanswered'].map((topic) => notices.find((one) => one.topic === topic)!)
    for (const notice of [storm!, unanswered!]) {
      expect(notice.facts).toMatchObject({ policy: 'hook', firstAlert: first })
      expect(notice.text).toContain(`acknowledges the alert that began it: http://tocsin/alerts/${first}`)
    }
    expect(unanswered!.subject).toBe('Storm of alerts (card-fraud): nobody has answered for 15 minutes')
  })

  test('escalates no further once its first alert is acknowledged', async () => {
    const world = await openWorld(policy)
    const first = await begin(world)
    await world.acknowledge(first)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual(told)
  })

  test('escalates no further once its first alert is labelled, though it was told to one of them already', async () => {
    const world = await openWorld(policy)
    const first = await begin(world)
    await world.until('09:20')
    await world.label(first)
    await world.until('12:00')
    expect(await world.told('ann')).toContain('09:15 stormUnanswered')
    expect(await world.told('ben')).not.toContain('09:45 stormUnanswered')
  })

  test('escalates all the same, and once, where the router was restarted meanwhile', async () => {
    const world = await openWorld(policy)
    await begin(world)
    await world.until('09:05')
    await world.restart()
    await world.until('09:20')
    await world.restart()
    expect((await world.told('ann')).sort()).toEqual([...told, '09:15 stormUnanswered'])
  })

  test('escalates by the limit of the next in line, too: there it is counted', async () => {
    const world = await openWorld(`policies:
  hook: {inAll: 5 per hour, escalate: [{after: 15 minutes, to: ann}]}
  ann: {atOnce: critical, inAll: 5 per hour}
`)
    await begin(world)
    await world.until('12:00')
    expect(await world.told('ann')).toEqual([...told, '09:15 storm', '09:25 digest of 1'])
  })

  test('is nobody else’s business where the policy escalates to nobody', async () => {
    const world = await openWorld('policies: {hook: {inAll: 5 per hour}}')
    await begin(world)
    await world.until('12:00')
    const [notice] = (await world.deliveries()).flatMap(({ message }) => (message.kind === 'notice' ? [message] : []))
    expect(notice!.text).not.toContain('takes charge')
  })
})

describe('a rotation', () => {
  const weekly = 'onCall: {team: {weekly: [ann, ben], from: "2026-11-16T09:00"}}\npolicies: {team: {}}'

  test('tells who is on call, and from the handover on the next', async () => {
    const world = await openWorld(weekly)
    await world.at('08:59', { card: 'c1' })
    await world.at('09:00', { card: 'c2' })
    await world.at('2026-11-30 08:59', { card: 'c3' })
    await world.at('2026-11-30 09:00', { card: 'c4' })
    expect(await world.told('ann')).toEqual(['08:59 c1', '11-30 09:00 c4'])
    expect(await world.told('ben')).toEqual(['09:00 c2', '11-30 08:59 c3'])
  })

  test('its members are not told besides, unless they have a policy of their own', async () => {
    const world = await openWorld(`${weekly.replace('{team: {}}', '{team: {atOnce: critical}, ben: {}}')}`)
    await world.at('08:00', { score: 0.95 })
    await world.at('10:00', { card: 'c2' })
    expect(await world.told('ann')).toEqual(['08:00 c1'])
    expect(await world.told('ben')).toEqual(['08:00 c1', '10:00 c2'])
  })

  test('an escalation goes to who is on call when it comes', async () => {
    const world = await openWorld(`onCall: {team: {weekly: [ann, ben], from: "2026-11-16T09:00"}}
policies: {hook: {inAll: 9 per hour, escalate: [{after: 15 minutes, to: team}]}}`)
    await world.at('08:50', {})
    await world.until('10:00')
    expect(await world.told('ann')).toEqual([])
    expect(await world.told('ben')).toEqual(['09:05 c1 from hook'])
  })

  const calendar = `onCall: {team: {calendar: team.ics, who: {Ann A.: ann, ben: ben}, otherwise: [mail]}}
policies: {team: {}}`
  const from = Date.parse('2026-11-23T08:00:00Z')
  const shifts = [
    { start: from, end: from + 3_600_000, title: 'Ann A.' },
    { start: from + 3_600_000, end: from + 7_200_000, title: 'ben' },
    { start: from + 7_200_000, end: from + 9_000_000, title: 'Somebody else' },
  ]

  test('of a calendar tells whom it names', async () => {
    const world = await openWorld(calendar, { shifts })
    await world.at('09:00', { card: 'c1' })
    await world.at('10:00', { card: 'c2' })
    expect(await world.told('ann')).toEqual(['09:00 c1'])
    expect(await world.told('ben')).toEqual(['10:00 c2'])
  })

  test('of a calendar with a gap, or a name that is no receiver, tells those who are named for that', async () => {
    const world = await openWorld(calendar, { shifts })
    await world.at('08:00', { card: 'gap' })
    await world.at('11:00', { card: 'unknown' })
    expect(await world.told('mail')).toEqual(['08:00 gap', '11:00 unknown'])
  })

  test('of a calendar that cannot be read tells them, too', async () => {
    const world = await openWorld(calendar)
    await world.at('09:00', {})
    expect(await world.told('mail')).toEqual(['09:00 c1'])
  })
})

describe('a restart', () => {
  test('groups as if nothing had happened', async () => {
    const world = await openWorld('policies: {hook: {perEntity: 1 per hour}}')
    await world.at('09:00', {})
    await world.restart()
    await world.at('09:30', {})
    await world.restart()
    await world.at('10:00', {})
    expect(await world.told('hook')).toEqual(['09:00 c1', '10:00 c1'])
  })

  test('in a storm goes on counting, and its digest has all numbers', async () => {
    const world = await openWorld('policies: {hook: {inAll: 3 per hour}}')
    const some = (card: string) => Array.from({ length: 10 }, () => ({ card, amount: 10 }))
    await world.at('09:00', ...some('a'))
    await world.restart()
    await world.at('09:05', ...some('b'))
    await world.restart()
    await world.until('09:20')
    expect(await world.told('hook')).toEqual(['09:00 a', '09:00 storm', '09:10 digest of 19'])
    const digest = (await world.deliveries()).at(-1)!.message
    expect(digest).toMatchObject({ facts: { amount: 190, low: 19 } })
  })

  test('alerts that came while nobody routed are told when somebody does', async () => {
    const world = await openWorld('')
    await world.until('09:00')
    await world.stop()
    await world.raise([{ card: 'c1' }, { card: 'c2' }])
    await world.until('09:30')
    await world.start()
    expect(await world.told('inbox')).toEqual(['09:30 c1', '09:30 c2'])
  })

  test('an escalation that fell due while nobody routed is told when somebody does', async () => {
    const world = await openWorld('policies: {hook: {inAll: 9 per hour, escalate: [{after: 15 minutes, to: ann}]}}')
    await world.at('09:00', {})
    await world.stop()
    await world.until('11:00')
    await world.start()
    expect(await world.told('ann')).toEqual(['11:00 c1 from hook'])
  })

  test('with a policy that is gone forgets what it held, and goes on', async () => {
    const world = await openWorld('policies: {hook: {inAll: 3 per hour, rest: {digest: 1 hour}}}')
    await world.at('09:00', ...Array.from({ length: 9 }, () => ({})))
    await world.restart('policies: {hook: {alerts: {entity: nobody}}}')
    await world.at('12:00', {})
    expect(await world.told('inbox')).toHaveLength(10)
    expect(await world.told('hook')).toHaveLength(3)
  })
})

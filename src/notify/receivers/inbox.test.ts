import { expect, it } from 'vitest'
import { exampleDelivery, exampleSummary, receiverContract } from '../../../test/contract/receiver.ts'
import { ManualClock } from '../../core/clock.ts'
import { type InboxMessage, inboxReceiver } from './inbox.ts'

function openInbox() {
  const put: InboxMessage[] = []
  const putInbox = async (message: InboxMessage) => {
    put.push(message)
  }
  const receiver = inboxReceiver('inbox', { putInbox, timeZone: 'UTC', clock: new ManualClock(5_000) })
  return { put, receiver }
}

receiverContract('inbox', [], async () => {
  const { put, receiver } = openInbox()
  return {
    receiver,
    behave: async () => {},
    keys: () => put.map(({ id }) => id),
    texts: () => put.map(({ subject, text }) => `${subject}\n${text}`),
    close: async () => {},
  }
})

it('a message in the inbox names its alert, a daily summary names none', async () => {
  const { put, receiver } = openInbox()
  const { signal } = new AbortController()
  await receiver.deliver(exampleDelivery(), signal)
  await receiver.deliver(exampleDelivery({ id: 'de_2', message: exampleSummary }), signal)
  expect(put.map(({ id, alertId, receivedAt }) => ({ id, alertId, receivedAt }))).toEqual([
    { id: exampleDelivery().id, alertId: 'al_000000000000000000000001', receivedAt: 5_000 },
    { id: 'de_2', alertId: null, receivedAt: 5_000 },
  ])
  expect(put[1]!.html).toBe(exampleSummary.kind === 'dailySummary' ? exampleSummary.html : '')
})

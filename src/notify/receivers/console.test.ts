import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { exampleAlert, exampleDelivery, type OtherSide, receiverContract } from '../../../test/contract/receiver.ts'
import { consoleReceiver } from './console.ts'

async function openConsole(): Promise<OtherSide> {
  const lines: string[] = []
  let behaviour = 'hears'
  const writable = new Writable({
    write(chunk, _encoding, done) {
      if (behaviour !== 'hears') return
      lines.push(String(chunk))
      done()
    },
  })
  return {
    receiver: consoleReceiver('console', { writable, timeZone: 'UTC' }),
    behave: async (next) => {
      behaviour = next
    },
    // A line is all that a terminal gets: it is its own key.
    keys: () => lines,
    texts: () => lines,
    close: async () => {},
  }
}

// Two deliveries of one alert never go to one console, so the contract's other delivery tells of another event.
receiverContract('console', ['silent'], async () => {
  const side = await openConsole()
  const { receiver } = side
  return {
    ...side,
    receiver: {
      ...receiver,
      deliver: (delivery, signal) => {
        if (delivery.message.kind !== 'alert' || delivery.id === exampleDelivery().id)
          return receiver.deliver(delivery, signal)
        const alert = { ...exampleAlert, entity: delivery.id }
        return receiver.deliver({ ...delivery, message: { ...delivery.message, alert } }, signal)
      },
    },
  }
})

function sink() {
  const lines: string[] = []
  const write = (text: string, done: () => void) => {
    lines.push(text)
    done()
  }
  return { lines, writable: { write } }
}

it('an alert is one line: time in the detector’s zone, entity, amount, score and the strongest reason', async () => {
  const { lines, writable } = sink()
  const receiver = consoleReceiver('console', { writable, timeZone: 'Europe/Berlin' })
  await receiver.deliver(exampleDelivery(), new AbortController().signal)
  expect(lines).toEqual([
    'alert  Sun, 22 Nov 2026, 14:03:07 CET  card-00412        812.40  0.97  amount 812.40 is high (usual: 4.10 to 96.00)\n',
  ])
})

it('names from outside can neither break the line nor command the terminal', async () => {
  const { lines, writable } = sink()
  const alert = { ...exampleAlert, entity: 'a\nb\u001b[31mc\u202ed' }
  const message = { kind: 'alert', alert, urls: { alert: 'http://127.0.0.1/' } } as const
  await consoleReceiver('console', { writable, timeZone: 'UTC' }).deliver(
    exampleDelivery({ message }),
    new AbortController().signal,
  )
  expect(lines[0]).toContain('a b [31mc d')
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1)
})

it('an output that cannot be written is tried again', async () => {
  const writable = { write: (_: string, done: (error: Error) => void) => done(new Error('write EPIPE')) }
  const receiver = consoleReceiver('console', { writable, timeZone: 'UTC' })
  expect(await receiver.deliver(exampleDelivery(), new AbortController().signal)).toEqual({
    ok: false,
    retry: true,
    reason: 'the output cannot be written: write EPIPE',
  })
})

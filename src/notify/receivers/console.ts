// A delivery in → one line on a terminal or in a log.

import type { Message } from '../../core/alert.ts'
import { alertWords } from '../message.ts'
import type { DeliveryOutcome, Receiver } from '../receiver.ts'
import { oneLine } from '../words.ts'

/** The part of a Node stream that is needed, e.g. `process.stdout`. */
export type LineSink = { write(text: string, done: (error?: Error | null) => void): unknown }

/** Writes `alert  <time>  <entity>  <amount>  <score>  <strongest reason>`, or the day's subject and address. */
export function consoleReceiver(
  name: string,
  { writable, timeZone }: { writable: LineSink; timeZone: string },
): Receiver {
  return {
    name,
    kind: 'console',
    deliver: ({ message }, signal) => write(writable, `${line(message, timeZone)}\n`, signal),
    preview: ({ message }) => ({ contentType: 'text/plain', body: line(message, timeZone) }),
  }
}

function line(message: Message, timeZone: string): string {
  if (message.kind === 'dailySummary') return `day    ${oneLine(message.subject)}  ${message.urls.report}`
  if (message.kind === 'notice') return `notice ${oneLine(message.subject)}  ${message.urls.page}`
  const { who, amount, score, time, reasons, url } = alertWords(message.alert, { url: message.urls.alert, timeZone })
  return `alert  ${time}  ${who.padEnd(12)}  ${(amount ?? '').padStart(10)}  ${score}  ${reasons[0] ?? url}`
}

// A pipe that nobody reads never calls back; the line may still come out later, which at-least-once allows.
function write(writable: LineSink, text: string, signal: AbortSignal): Promise<DeliveryOutcome> {
  if (signal.aborted) return Promise.resolve(failure('stopped before it was written'))
  return new Promise((resolve) => {
    const stop = () => resolve(failure('nobody reads the output'))
    signal.addEventListener('abort', stop, { once: true })
    writable.write(text, (error) => {
      signal.removeEventListener('abort', stop)
      resolve(error ? failure(`the output cannot be written: ${error.message}`) : { ok: true })
    })
  })
}

function failure(reason: string): DeliveryOutcome {
  return { ok: false, retry: true, reason }
}

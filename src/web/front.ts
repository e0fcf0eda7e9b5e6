// Node's request and response in, a scoring door's answer written out: bodies read within limits, overload and slowness answered, no framework between.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { TocsinError } from '../core/error.ts'
import type { Admission } from './admission.ts'
import type { Asked, Desk, Found } from './desk.ts'
import type { Answer } from './doors/door.ts'

export type FrontOptions = {
  readonly desk: Desk
  readonly admission: Pick<Admission, 'admits' | 'work'>
  /** A body must have come, and an answer that has to wait must be there, within this time. */
  readonly deadlineMs: number
}

export type Front = {
  /** True where the request was for a door: it is being answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** The door for a request of this size that is there as a whole; undefined where it is one for `handle`, or for nobody. */
  doorFor(method: string, url: string, bodyBytes: number): Found | undefined
  /** Answers such a request: `send` is called once, at once or later. */
  reply(found: Found, request: Asked, send: (answer: Answer) => void): void
  /** From now on each answer asks its client to close the connection; where clients were busy they get time to, before and after `stopListening`. */
  drain(stopListening: () => void): Promise<void>
  close(): void
}

const sweepMs = 250
/** Clients that have asked within `busyMs` get `drainMs` to hear that they should connect elsewhere. */
const busyMs = 2000
const drainMs = 300
// Made once: what is said most when there is least time.
const overloaded = new TocsinError(
  'OVERLOADED',
  'More requests come than can be answered in time; expected fewer. Send it again after the time in Retry-After.',
)
const common = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

export function createFront({ desk, admission, deadlineMs }: FrontOptions): Front {
  const unread = new Map<ServerResponse, { readonly found: Found; readonly since: number; readonly stop: () => void }>()
  let isDraining = false
  let lastAt = Number.NEGATIVE_INFINITY
  // One timer for all: nearly every body has come before it could run out.
  const sweeper = setInterval(() => {
    const latest = performance.now() - deadlineMs
    for (const [response, { found, since, stop }] of unread) {
      if (since > latest) break
      stop()
      refuse(response, found, slow(deadlineMs))
    }
  }, sweepMs)
  sweeper.unref()

  function dressed({ status, headers, body }: Answer): Answer {
    const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
    const whole = { ...common, ...headers, 'content-length': length }
    return { status, headers: isDraining ? { ...whole, connection: 'close' } : whole, body }
  }

  function send(response: ServerResponse, answer: Answer): void {
    // The other side may have gone in the meantime.
    if (response.destroyed || response.headersSent) return
    const { status, headers, body } = dressed(answer)
    response.writeHead(status, headers)
    response.end(body)
  }

  // What is left of a body that was refused need not be read.
  function refuse(response: ServerResponse, found: Found, error: TocsinError): void {
    const answer = desk.refuse(found, error)
    send(response, { ...answer, headers: { ...answer.headers, connection: 'close' } })
  }

  function answer(found: Found, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = '', url = '', headers } = request
    answerWith(found, { method, url, headers, body }, (answered) => send(response, answered))
  }

  function answerWith(found: Found, request: Asked, say: (answer: Answer) => void): void {
    const answered = desk.answer(found, request)
    if (!(answered instanceof Promise)) say(answered)
    else void inTime(answered, found, say)
  }

  // Whoever is to say it says only the first of the two.
  async function inTime(answered: Promise<Answer>, found: Found, say: (answer: Answer) => void): Promise<void> {
    const timer = setTimeout(() => say(desk.refuse(found, late(deadlineMs))), deadlineMs)
    say(await answered)
    clearTimeout(timer)
  }

  function read(found: Found, request: IncomingMessage, response: ServerResponse): void {
    const max = desk.maxBodyBytes(found)
    if (Number(request.headers['content-length']) > max) {
      refuse(response, found, tooLarge(max))
      return
    }
    const chunks: Buffer[] = []
    let size = 0
    const stop = () => {
      unread.delete(response)
      request.off('data', take).off('end', end)
      request.resume()
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= max) return
      stop()
      refuse(response, found, tooLarge(max))
    }
    const end = () => {
      unread.delete(response)
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      admission.work(() => answer(found, request, response, body))
    }
    unread.set(response, { found, since: performance.now(), stop })
    request.on('data', take).on('end', end)
    request.on('error', stop).on('close', () => unread.delete(response))
  }

  return {
    handle: (request, response) => {
      const found = desk.find(request.method ?? '', request.url ?? '')
      if (!found) return false
      lastAt = performance.now()
      if (found.door.method === 'GET' || request.method !== found.door.method) {
        request.resume()
        answer(found, request, response, Buffer.alloc(0))
      } else if (admission.admits()) read(found, request, response)
      else {
        request.resume()
        send(response, desk.refuse(found, overloaded))
      }
      return true
    },
    doorFor: (method, url, bodyBytes) => {
      const found = desk.find(method, url)
      return found?.door.method === method && bodyBytes <= desk.maxBodyBytes(found) ? found : undefined
    },
    reply: (found, request, say) => {
      lastAt = performance.now()
      if (admission.admits()) admission.work(() => answerWith(found, request, (answered) => say(dressed(answered))))
      else say(dressed(desk.refuse(found, overloaded)))
    },
    drain: async (stopListening) => {
      isDraining = true
      // Without it a request that is on its way would find its connection closed.
      const isBusy = performance.now() - lastAt < busyMs
      if (isBusy) await sleep(drainMs)
      stopListening()
      if (isBusy) await sleep(drainMs)
    },
    close: () => clearInterval(sweeper),
  }
}

function tooLarge(max: number): TocsinError {
  return new TocsinError(
    'BODY_TOO_LARGE',
    `The body is over the limit; expected at most ${max} bytes. Send it in parts.`,
  )
}

function slow(deadlineMs: number): TocsinError {
  const message = `The body has not come within ${deadlineMs} ms; expected it by then. Send it again, faster or in parts.`
  return new TocsinError('BODY_SLOW', message)
}

function late(deadlineMs: number): TocsinError {
  const message = `The answer was not there within ${deadlineMs} ms; expected it by then. Ask again later.`
  return new TocsinError('DEADLINE_PASSED', message)
}

// What may stand under `notify:`, `outbound:`, `severity:`, `policies:` and `onCall:` in tocsin.yaml, and whether the names and addresses in them can be.

import { z } from 'zod'
import { isAllowed, isRange, literalAddress, networkOf } from '../core/address.ts'
import { nearestName } from '../core/error.ts'
import { Policy, Rotation, SeverityBands } from '../core/policy.ts'
import { receiver } from './receivers.ts'
import { name } from './values.ts'

export const notify = z
  .record(name, receiver)
  .default({ console: { kind: 'console' }, inbox: { kind: 'inbox' } })
  .describe('Receivers by name')

export const outbound = z
  .strictObject({
    allow: z
      .array(
        z
          .string()
          .refine(
            (entry) => ['loopback', 'private', 'linkLocal'].includes(entry) || isRange(entry),
            'loopback, private, linkLocal or a range such as 10.1.0.0/16',
          ),
      )
      .default([])
      .describe('Networks beside the public internet that messages may go to over HTTP: loopback, private, a range'),
  })
  .prefault({})

export const policyFields = {
  severity: SeverityBands.prefault({}),
  policies: z
    .record(name, Policy)
    .default({})
    .describe(
      'Which alerts a receiver (or a rotation of onCall) is told, when and how often. Without one, console, inbox and programs are told every alert at once, people at most one message per entity an hour and 60 an hour in all',
    ),
  onCall: z.record(name, Rotation).default({}).describe('Rotations by name: receivers that take turns'),
}

type Named = {
  readonly notify: Readonly<Record<string, unknown>>
  readonly policies: Readonly<Record<string, Policy>>
  readonly onCall: Readonly<Record<string, Rotation>>
}

/** Whoever policies and rotations speak of must be there. */
export function checkNames({ notify, policies, onCall }: Named, context: z.core.$RefinementCtx): void {
  const receivers = Object.keys(notify)
  const expect = (known: readonly string[], found: string, path: readonly string[]) => {
    if (known.includes(found)) return
    const near = nearestName(found, known)
    const advice = near ? `; did you mean "${near}"?` : `; known: ${known.join(', ') || 'none'}`
    context.addIssue({ code: 'custom', path: [...path], message: `there is no receiver "${found}"${advice}` })
  }
  const targets = [...receivers, ...Object.keys(onCall)]
  for (const [of, { escalate }] of Object.entries(policies)) {
    expect(targets, of, ['policies', of])
    for (const to of escalate.flatMap((level) => level.to)) expect(targets, to, ['policies', of, 'escalate'])
  }
  for (const [of, rotation] of Object.entries(onCall)) {
    if (receivers.includes(of))
      context.addIssue({ code: 'custom', path: ['onCall', of], message: 'another name: a receiver has this one' })
    const members = 'weekly' in rotation ? rotation.weekly : [...Object.values(rotation.who), ...rotation.otherwise]
    for (const member of members) expect(receivers, member, ['onCall', of])
  }
}

/** What a name server says is checked when a message goes out; what the address itself says, here. */
export function refuseNetwork(
  path: string[],
  address: string,
  allow: readonly string[],
  context: z.RefinementCtx,
): void {
  const literal = literalAddress(address)
  if (literal === undefined || isAllowed(literal, allow)) return
  const network = networkOf(literal)
  const advice =
    network === 'reserved' ? 'no message may go there' : `write outbound: {allow: [${network}]} where it is meant`
  context.addIssue({ code: 'custom', path, message: `${literal} is ${network}, not public; ${advice}` })
}

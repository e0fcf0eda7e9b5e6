// A configuration in, its policies as the engine reads them, and each in one plain sentence, out.

import type { NamedPolicy, PolicyBook } from '../alert/engine.ts'
import { onCall, type Shift } from '../alert/onCall.ts'
import { rotationSentence, sentenceOf } from '../alert/sentence.ts'
import type { Config } from '../config.ts'
import { Policy } from '../core/policy.ts'

/** Receivers that a program reads: it can take every alert, and groups by itself. */
const programs = new Set(['console', 'inbox', 'webhook', 'sns', 'snsHttp', 'alertmanager'])
const forPrograms = Policy.parse({})
const forPeople = Policy.parse({ perEntity: '1 per hour', inAll: '60 per hour' })

export type BookOptions = {
  readonly config: Config
  /** How people reach the console. */
  readonly publicUrl: () => string
  /** What a rotation's calendar says; none where it has none. */
  readonly shiftsOf: (rotation: string) => readonly Shift[]
}

export function policyBook({ config, publicUrl, shiftsOf }: BookOptions): PolicyBook {
  const { detector, severity, notify, onCall: rotations, report } = config
  const { timeZone } = report
  const isReceiver = (name: string) => name in notify
  return {
    ...{ detector, timeZone, severity, policies: policiesOf(config) },
    receiversOf: (name, at) => {
      const rotation = rotations[name]
      return rotation ? onCall(rotation, at, { timeZone, shifts: shiftsOf(name), isReceiver }) : [name]
    },
    urlOf: (id) => `${publicUrl()}/alerts/${id}`,
    pageUrl: () => `${publicUrl()}/alerts`,
  }
}

/** A receiver that stands in a rotation, or that alerts escalate to, is told through that alone, unless it has a policy of its own. */
function policiesOf({ notify, policies, onCall: rotations }: Config): NamedPolicy[] {
  const members = Object.values(rotations).flatMap((rotation) =>
    'weekly' in rotation ? rotation.weekly : [...Object.values(rotation.who), ...rotation.otherwise],
  )
  const next = Object.values(policies).flatMap(({ escalate }) => escalate.flatMap(({ to }) => to))
  const reached = new Set([...members, ...next])
  const implied = (name: string) => (programs.has(notify[name]?.kind ?? 'rotation') ? forPrograms : forPeople)
  return [...Object.keys(notify), ...Object.keys(rotations)]
    .filter((name) => name in policies || !reached.has(name))
    .map((name) => ({ ...(policies[name] ?? implied(name)), name }))
}

type Explained = {
  readonly name: string
  readonly kind: string
  readonly sentence: string
  /** Given in the configuration, or the default of its kind. */
  readonly isDefault: boolean
}

export function explainPolicies(config: Config): Explained[] {
  const { notify, policies, onCall: rotations, report } = config
  const { timeZone } = report
  const told = policiesOf(config).map((policy) => {
    const { name } = policy
    const rotation = rotations[name]
    const who = rotation ? `${rotationSentence(rotation, timeZone)} ` : ''
    const sentence = `${who}${sentenceOf(policy, timeZone)}`
    return { name, kind: notify[name]?.kind ?? 'rotation', sentence, isDefault: !(name in policies) }
  })
  const through = Object.entries(notify)
    .filter(([name]) => !told.some((one) => one.name === name))
    .map(([name, { kind }]) => ({ name, kind, sentence: 'Told by rotation or escalation only.', isDefault: true }))
  return [...told, ...through]
}

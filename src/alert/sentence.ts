// A policy in, the one plain sentence that says what it does out.

import type { Matcher } from '../core/matcher.ts'
import type { Policy, Quiet, Rate, Rotation } from '../core/policy.ts'

const spans: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
]

/** `Told at once: alerts over 1,000.00 at risk; at most one message an hour about one entity; …` */
export function sentenceOf(policy: Policy, timeZone: string): string {
  const { alerts, atOnce, perEntity, inAll, quiet } = policy
  const about = alerts ? ` of ${anyWords(alerts)}` : ''
  const told = atOnce
    ? `alerts${about} are told at once where they are ${anyWords(atOnce)}`
    : `alerts${about} are told at once`
  const parts = [
    told,
    ...(perEntity ? [`at most ${rateWords(perEntity)} about one entity`] : []),
    ...(inAll ? [`no more than ${rateWords(inAll)} in all; beyond that one message says so and digests follow`] : []),
    ...(quiet ? [quietWords(quiet, timeZone)] : []),
    ...policy.inhibit.map(
      (rule) =>
        `after an alert that is ${anyWords(rule.when)}, those of the same entity that are ${anyWords(rule.mute)} are not told for ${spanWords(rule.for)}`,
    ),
    ...escalationWords(policy),
    ...(atOnce || perEntity || quiet ? [restWords(policy)] : []),
  ]
  const sentence = `${parts.join('; ')}.`
  return sentence[0]!.toUpperCase() + sentence.slice(1)
}

export function rotationSentence(rotation: Rotation, timeZone: string): string {
  if ('weekly' in rotation) {
    const time = rotation.from.replace('T', ' ')
    return `${rotation.weekly.join(', ')} take turns, a week each, from ${time} (${timeZone}).`
  }
  return `Whoever the calendar names is on call; where it names nobody: ${rotation.otherwise.join(', ')}.`
}

/** `1 message an hour`, `20 messages in 15 minutes`. */
export function rateWords({ messages, perMs }: Rate): string {
  return `${messages === 1 ? 'one message' : `${messages} messages`} ${every(perMs)}`
}

function every(ms: number): string {
  const words = spanWords(ms)
  return words.startsWith('one ') ? words.replace('one hour', 'an hour').replace('one ', 'a ') : `in ${words}`
}

function spanWords(ms: number): string {
  const [unitMs, name] = spans.find(([unit]) => ms % unit === 0) ?? [60_000, 'minute']
  const count = Math.round(ms / unitMs)
  return count === 1 ? `one ${name}` : `${count} ${name}s`
}

function quietWords({ from, to, days, holidays, except }: Quiet, timeZone: string): string {
  const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const full = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays']
  const times = [
    ...(from === undefined ? [] : [`between ${from} and ${to} (${timeZone})`]),
    ...(days.length === 0 ? [] : [`on ${days.map((day) => full[dayNames.indexOf(day)]).join(', ')}`]),
    ...(holidays.length === 0 ? [] : [`on ${holidays.length === 1 ? 'one holiday' : `${holidays.length} holidays`}`]),
  ]
  return `${times.join(' and ')} ${except ? `only those that are ${anyWords(except)}` : 'none'}`
}

function escalationWords({ escalate }: Policy): string[] {
  let waited = 0
  return escalate.map(({ after, to }) => {
    waited += after
    return `what nobody has answered for ${spanWords(waited)} is told to ${to.join(', ')}`
  })
}

function restWords({ rest }: Policy): string {
  if (rest === 'dailyReport') return 'the rest is in the daily report'
  return `the rest comes in a digest within ${spanWords(rest.digest)} and in the daily report`
}

function anyWords(matchers: readonly Matcher[]): string {
  return matchers.map(matcherWords).join(' or ')
}

const money = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

/** `critical, over 1,000 at risk`; what is given must hold together. */
export function matcherWords({ severity, amount, score, entity, reason, detector }: Matcher): string {
  const parts = [
    ...(severity === undefined ? [] : [either(severity)]),
    ...(amount === undefined ? [] : [`${boundWords(amount)} at risk`]),
    ...(score === undefined ? [] : [`of a score ${boundWords(score)}`]),
    ...(entity === undefined ? [] : [`of entity ${either(entity)}`]),
    ...(reason === undefined ? [] : [`raised by ${either(reason)}`]),
    ...(detector === undefined ? [] : [`of ${either(detector)}`]),
  ]
  return parts.join(' and ') || 'any'
}

function boundWords({ over, from, below }: NonNullable<Matcher['amount']>): string {
  const parts = [
    ...(over === undefined ? [] : [`over ${money.format(over)}`]),
    ...(from === undefined ? [] : [`of at least ${money.format(from)}`]),
    ...(below === undefined ? [] : [`below ${money.format(below)}`]),
  ]
  return parts.join(' and ')
}

function either(values: string | readonly string[]): string {
  return typeof values === 'string' ? values : values.join(' or ')
}

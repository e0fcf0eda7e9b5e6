// A storm, or what was held back, in; the one message that tells of it out.

import type { Alert, Notice } from '../core/alert.ts'
import { dayOf, timeOfDay } from '../core/day.ts'
import { type HeldReason, heldWords } from '../core/held.ts'
import { severities } from '../core/matcher.ts'
import type { Policy, Rate } from '../core/policy.ts'
import { rateWords } from './sentence.ts'
import { mostEntities, type Tally } from './tally.ts'

type Place = {
  readonly detector: string
  readonly timeZone: string
  readonly pageUrl: () => string
  readonly urlOf: (alertId: string) => string
}
type Named = Policy & { readonly name: string }

const number = new Intl.NumberFormat('en')
const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export function stormNotice(
  place: Place,
  { name, inAll, escalate }: Named & { readonly inAll?: Rate | undefined },
  { at, digestAt, first }: { readonly at: number; readonly digestAt: number; readonly first: Alert },
): Notice {
  const limit = inAll ? rateWords(inAll) : ''
  const next = clockTime(digestAt, place.timeZone)
  const text = [
    `There are more alerts than the limit of ${limit} lets through one by one.`,
    `From now on they are counted; the first digest comes at ${next}.`,
    `Nothing is lost: all of them are here: ${place.pageUrl()}`,
    ...(escalate.length > 0 ? [chargeWords(place, first)] : []),
  ].join('\n')
  return {
    ...{ kind: 'notice', topic: 'storm', detector: place.detector, at, text, urls: { page: place.pageUrl() } },
    subject: `Storm of alerts (${place.detector}): no more single messages until ${next}`,
    facts: { policy: name, limit, digestAt: iso(digestAt), firstAlert: first.id },
  }
}

/** For the next in line: nobody has taken charge of the storm. */
export function stormEscalation(
  place: Place,
  { name }: Named,
  { at, first, afterMinutes }: { readonly at: number; readonly first: Alert; readonly afterMinutes: number },
): Notice {
  const { detector } = place
  const minutes = afterMinutes === 1 ? '1 minute' : `${number.format(afterMinutes)} minutes`
  const text = [
    `There came more alerts than ${name} may be told one by one, and for ${minutes} nobody has answered.`,
    chargeWords(place, first),
    `All of them are here: ${place.pageUrl()}`,
  ].join('\n')
  return {
    ...{ kind: 'notice', topic: 'stormUnanswered', detector, at, text, urls: { page: place.pageUrl() } },
    subject: `Storm of alerts (${detector}): nobody has answered for ${minutes}`,
    facts: { policy: name, afterMinutes, firstAlert: first.id },
  }
}

function chargeWords({ urlOf }: Place, { id }: Alert): string {
  return `Who takes charge of the storm acknowledges the alert that began it: ${urlOf(id)}`
}

type Digest = {
  readonly tally: Tally
  readonly since: number
  readonly at: number
  /** When the next digest comes, ms; undefined where single messages come again. */
  readonly next: number | undefined
  readonly isStorm: boolean
}

export function digestNotice(place: Place, { name }: Named, { tally, since, at, next, isStorm }: Digest): Notice {
  const { timeZone, detector } = place
  const alerts = tally.alerts === 1 ? '1 alert' : `${number.format(tally.alerts)} alerts`
  const risk = tally.amount === null ? '' : `, ${money.format(tally.amount)} at risk`
  const subject = `Digest (${detector}): ${alerts}${risk}`
  const span = `between ${clockTime(since, timeZone, at)} and ${clockTime(at, timeZone)}`
  const ending = !isStorm
    ? []
    : next === undefined
      ? ['The storm is over: alerts come one by one again.']
      : [`The storm goes on; the next digest comes at ${clockTime(next, timeZone)}.`]
  const text = [
    `${alerts} of ${entityWords(tally)}, not told one by one ${span}: ${severityWords(tally)}${risk}.`,
    `Why: ${reasonWords(tally)}.`,
    ...ending,
    '',
    'The gravest:',
    ...tally.gravest.map((alert, i) => `${i + 1}. ${namedWords(alert)}`),
  ].join('\n')
  return {
    ...{ kind: 'notice', topic: 'digest', detector, at, subject, text, urls: { page: place.pageUrl() } },
    facts: { policy: name, ...tally.bySeverity, alerts: tally.alerts, amount: tally.amount, since: iso(since) },
  }
}

function entityWords({ entities }: Tally): string {
  if (entities.length > mostEntities) return `more than ${mostEntities} entities`
  return entities.length === 1 ? 'one entity' : `${entities.length} entities`
}

function severityWords({ bySeverity }: Tally): string {
  return severities
    .filter((severity) => bySeverity[severity] > 0)
    .map((severity) => `${number.format(bySeverity[severity])} ${severity}`)
    .join(', ')
}

function reasonWords({ byReason }: Tally): string {
  const entries = Object.entries(byReason) as [HeldReason, number][]
  return entries.map(([reason, alerts]) => `${number.format(alerts)} ${heldWords[reason]}`).join(', ')
}

function namedWords({ who, severity, amount, score, reason }: Tally['gravest'][number]): string {
  const risk = amount === null ? [] : [`${money.format(amount)} at risk`]
  return [who, severity, ...risk, `score ${score.toFixed(2)}`, ...(reason === null ? [] : [reason])].join(', ')
}

/** `14:03`, with the day where it is not that of `beside`. */
function clockTime(at: number, timeZone: string, beside = at): string {
  const day = dayOf(at, timeZone)
  const time = timeOfDay(at, timeZone).slice(0, 5)
  return day === dayOf(beside, timeZone) ? time : `${day} ${time}`
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

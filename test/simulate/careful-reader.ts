// The careful reader: records in, the only right outcome out. The loop's rules, written down once more, as plainly as can be.

import { dayEnd, dayOf } from '../../src/core/day.ts'
import { stableId } from '../../src/core/digest.ts'
import type { StreamRecord } from '../../src/stream/stream.ts'
import { alertsFrom, detector, type SimulatedEvent } from './detector.ts'
import { now } from './world.ts'

const hour = 3_600_000
export const timeZone = 'America/Chicago'
export const allowedLatenessMs = 2 * hour

/** What a run can be judged by: everything that must be there exactly once, in an order of its own. */
export type Outcome = {
  readonly decisions: readonly string[]
  readonly deadLetters: readonly string[]
  readonly alerts: readonly string[]
  readonly duplicates: number
  readonly watermarks: readonly number[]
}

export function carefulReader(partitions: readonly (readonly StreamRecord[])[]): Outcome {
  const outcomes = partitions.map(readCarefully)
  return {
    decisions: outcomes.flatMap(({ decisions }) => decisions).sort(),
    deadLetters: outcomes.flatMap(({ deadLetters }) => deadLetters).sort(),
    alerts: outcomes.flatMap(({ alerts }) => alerts).sort(),
    duplicates: outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0),
    watermarks: outcomes.map(({ watermark }) => watermark),
  }
}

function readCarefully(records: readonly StreamRecord[]) {
  const seen = new Set<string>()
  const [decisions, deadLetters, alerts]: string[][] = [[], [], []]
  let duplicates = 0
  let watermark = Number.NEGATIVE_INFINITY
  for (const { partition, position, bytes } of records) {
    const text = new TextDecoder().decode(bytes)
    if (!text.endsWith('}')) {
      deadLetters!.push(deadLetterLine(partition, position, 'EVENT_NOT_JSON'))
      continue
    }
    const { id, time, amount }: SimulatedEvent = JSON.parse(text)
    if (time > now + 24 * hour) deadLetters!.push(deadLetterLine(partition, position, 'EVENT_TIME_FUTURE'))
    else if (seen.has(id)) duplicates++
    else {
      seen.add(id)
      decisions!.push(decisionLine(id, amount >= alertsFrom, dayEnd(dayOf(time, timeZone), timeZone) <= watermark))
      watermark = Math.max(watermark, time - allowedLatenessMs)
      if (amount >= alertsFrom) alerts!.push(stableId('al', detector, id))
    }
  }
  return {
    decisions: decisions!,
    deadLetters: deadLetters!,
    alerts: alerts!,
    duplicates,
    watermark,
  }
}

export const decisionLine = (id: string, alerts: boolean, isLate: boolean) =>
  `${id} ${alerts ? 'alert' : 'pass'} ${isLate ? 'late' : ''}`
export const deadLetterLine = (partition: number, position: number, code: string) => `${partition} ${position} ${code}`

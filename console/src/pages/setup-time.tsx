// A time column of numbers that are no instants → what they count, and from when.

import type { SetupChoices } from '../api.ts'
import { Field, type InspectedColumn } from './setup-columns.tsx'

type Time = NonNullable<SetupChoices['time']>
type Counted = Extract<Time, object>

/** 1990, in seconds: numbers below it count from a start that they do not tell. */
const earliest = 631_152_000

type TimeFieldsProps = {
  column: InspectedColumn | undefined
  time: SetupChoices['time'] | null
  onChange: (time: Time) => void
}

export function TimeFields({ column, time, onChange }: TimeFieldsProps) {
  if (column?.kind !== 'number' || (column.min ?? 0) >= earliest) return null
  const held: Counted =
    typeof time === 'object' && time ? time : { column: column.name, unit: 's', origin: '1970-01-01T00:00:00Z' }
  return (
    <>
      <Field name="Counted in" note={`${column.name} holds ${column.min} to ${column.max}`}>
        <select value={held.unit} onChange={({ target }) => onChange({ ...held, unit: unitOf(target.value) })}>
          <option value="s">seconds</option>
          <option value="ms">milliseconds</option>
          <option value="us">microseconds</option>
        </select>
      </Field>
      <Field name="Counted from" note="UTC; where 0 is">
        <input
          type="datetime-local"
          value={held.origin.slice(0, 16)}
          onChange={({ target }) => target.value && onChange({ ...held, origin: `${target.value}:00Z` })}
        />
      </Field>
    </>
  )
}

function unitOf(text: string): Counted['unit'] {
  return text === 'ms' || text === 'us' ? text : 's'
}

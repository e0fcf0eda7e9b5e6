// An instant → its short form in the detector's time zone, with the full one to hover or hear.

import { clock, instant, moment } from '../format.ts'
import { useTimeZone } from '../live.tsx'

export function Time({ iso, short = false }: { iso: string; short?: boolean }) {
  const timeZone = useTimeZone()
  return (
    <time dateTime={iso} title={instant(iso, timeZone)}>
      {short ? clock(iso, timeZone) : moment(iso, timeZone)}
    </time>
  )
}

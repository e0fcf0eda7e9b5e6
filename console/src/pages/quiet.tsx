// The live numbers of a stream that stands still → one plain sentence on why, and what to do.

import type { ReactNode } from 'react'
import type { Stats } from '../api.ts'
import { counted } from '../format.ts'
import { Icon } from '../parts/icon.tsx'
import { Time } from '../parts/time.tsx'

type QuietProps = { stats: Stats; isPaused: boolean; isLost: boolean }

export function Quiet(props: QuietProps) {
  const words = wordsFor(props)
  if (!words) return null
  return (
    <div className="notice" role="status">
      <Icon name="now" />
      <div>
        <h2>{words.title}</h2>
        {words.text}
      </div>
    </div>
  )
}

function wordsFor({ stats, isPaused, isLost }: QuietProps): { title: string; text: ReactNode } | null {
  if (isLost)
    return {
      title: 'The live connection is lost',
      text: <p>The numbers below are the last ones known. Trying again by itself.</p>,
    }
  if (stats.champion === null)
    return { title: 'Nothing is scored: no model is champion', text: <NoChampion lag={stats.lag} /> }
  if (stats.watermark === null) return { title: 'No event has come yet', text: <NoEvent /> }
  if (!isPaused) return null
  if (stats.lag > 0)
    return {
      title: `${counted(stats.lag, 'event')} wait and none is decided`,
      text: <p>The worker stands still; its log says why.</p>,
    }
  return {
    title: 'Nothing comes in at the moment',
    text: (
      <p>
        Everything that came is decided. The newest event is of <Time iso={stats.watermark} />.
      </p>
    ),
  }
}

function NoChampion({ lag }: { lag: number }) {
  return (
    <>
      <p>
        {lag === 0 ? 'Events are kept until there is one.' : `${counted(lag, 'event')} wait for one; none is lost.`}{' '}
        Train on labelled history:
      </p>
      <pre>
        <code>tocsin train history.csv</code>
      </pre>
    </>
  )
}

function NoEvent() {
  return (
    <>
      <p>The model is ready. Send an event with the detector's own columns, or replay a file:</p>
      <pre>
        <code>
          curl {location.origin}/v1/events -H 'content-type: application/json' -d '{'{'}"…": …{'}'}'{'\n'}
          tocsin replay events.csv
        </code>
      </pre>
    </>
  )
}

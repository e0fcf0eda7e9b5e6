// The silences there are → which hold, which are over, a way to end one and to make one.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type SilenceJson } from '../api.ts'
import { Panel } from '../parts/page.tsx'
import { SilenceDialog } from '../parts/silence-dialog.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'

export function Silences() {
  const [isMaking, setMaking] = useState(false)
  const query = useQuery({
    queryKey: ['silences'],
    queryFn: ({ signal }) => api.silences(signal),
    refetchInterval: 15_000,
  })
  return (
    <Panel
      title="Silences"
      note={
        <button type="button" className="button" onClick={() => setMaking(true)}>
          New silence…
        </button>
      }
    >
      <Await query={query} what="the silences">
        {({ silences }) =>
          silences.length === 0 ? (
            <Empty title="No silence">
              <p>Everybody is told as the policies say.</p>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
            <ul className="rows" role="list">
              {silences.map((silence) => (
                <SilenceRow key={silence.id} silence={silence} />
              ))}
            </ul>
          )
        }
      </Await>
      {isMaking ? <SilenceDialog onClose={() => setMaking(false)} /> : null}
    </Panel>
  )
}

function SilenceRow({ silence }: { silence: SilenceJson }) {
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: () => api.endSilence(silence.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['silences'] }),
  })
  const { words, by, note, isActive } = silence
  return (
    <li className={isActive ? '' : 'silence-over'}>
      <div className="row-what">
        <h3>{words}</h3>
        <p className="row-note">
          <Until silence={silence} /> Made by {by}
          {note === null ? '.' : `: ${note}`}
        </p>
        {end.error ? (
          <p className="label-error" role="alert">
            Not ended: {end.error.message}
          </p>
        ) : null}
      </div>
      {isActive ? (
        <button type="button" className="button" disabled={end.isPending} onClick={() => end.mutate()}>
          End now<span className="unseen">: {words}</span>
        </button>
      ) : null}
    </li>
  )
}

function Until({ silence: { startsAt, endsAt, endedAt, endedBy, untilAnswered, isActive } }: { silence: SilenceJson }) {
  if (endedAt !== null)
    return (
      <>
        Ended <Time iso={endedAt} /> by {endedBy}.
      </>
    )
  const from = (
    <>
      From <Time iso={startsAt} />{' '}
    </>
  )
  if (endsAt !== null)
    return (
      <>
        {from}
        {isActive ? 'until' : 'to'} <Time iso={endsAt} />.
      </>
    )
  return (
    <>
      {from}
      until somebody answers{' '}
      {untilAnswered === null ? 'it' : <Link href={`/alerts/${encodeURIComponent(untilAnswered)}`}>the alert</Link>}.
    </>
  )
}

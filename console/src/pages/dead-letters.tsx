// What could not be decoded, validated or scored → each with its reason and its bytes, to mend and to put into the stream again.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type DeadLetterJson, type DeadLetterList } from '../api.ts'
import { count, counted } from '../format.ts'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'

/** A record may have a problem in each of its fields. */
const shownProblems = 3

type Letter = DeadLetterList['deadLetters'][number]

export function DeadLetters() {
  const query = useQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ signal }) => api.deadLetters(signal),
    refetchInterval: 10_000,
  })
  return (
    <section className="section" aria-label="Dead letters">
      <header className="section-head">
        <h2>Dead letters</h2>
        <p className="row-note">Nothing bad is ever scored, and nothing is thrown away.</p>
      </header>
      <Await query={query} what="the dead letters">
        {({ deadLetters }) =>
          deadLetters.length === 0 ? (
            <Empty title="None">
              <p>Every record that came could be scored.</p>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
            <ol className="dead-letters" role="list" aria-label="Dead letters">
              {deadLetters.map((letter) => (
                <DeadLetter key={letter.id} letter={letter} />
              ))}
            </ol>
          )
        }
      </Await>
    </section>
  )
}

function DeadLetter({ letter }: { letter: Letter }) {
  const [isOpen, setOpen] = useState(false)
  const { id, code, reason, partition, position, storedAt, replayedAt } = letter
  const problems = reason.split(' | ')
  const shown = isOpen ? problems : problems.slice(0, shownProblems)
  return (
    <li className="panel">
      <header className="panel-head">
        <h3>{code}</h3>
        <p>
          {replayedAt === null ? null : (
            <>
              replayed <Time iso={replayedAt} /> ·{' '}
            </>
          )}
          partition {partition}, position {count(position)} · <Time iso={storedAt} />
        </p>
      </header>
      <ul className="problems">
        {shown.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
        {shown.length < problems.length ? (
          <li className="none">and {counted(problems.length - shown.length, 'other')}</li>
        ) : null}
      </ul>
      <details className="dead-letter" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{replayedAt === null ? 'Look, mend and replay' : 'Look'}</summary>
        {isOpen ? <Whole id={id} /> : null}
      </details>
    </li>
  )
}

function Whole({ id }: { id: number }) {
  const query = useQuery({ queryKey: ['dead-letter', id], queryFn: ({ signal }) => api.deadLetter(id, signal) })
  return (
    <Await query={query} what="the record" lines={2}>
      {(letter) => <Mend letter={letter} />}
    </Await>
  )
}

function Mend({ letter }: { letter: DeadLetterJson }) {
  const { id, bytes, replayedAt } = letter
  const raw = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0))
  const whole = new TextDecoder().decode(raw)
  const [text, setText] = useState(pretty(whole))
  const client = useQueryClient()
  const replay = useMutation({
    // Untouched, its very bytes go in again; they need be no text at all.
    mutationFn: () => api.replayDeadLetter(id, text === pretty(whole) ? undefined : text),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['dead-letters'] })
      void client.invalidateQueries({ queryKey: ['dead-letter', id] })
    },
  })
  return (
    <div className="dead-letter-work">
      <div>
        <p className="row-note">Its {counted(raw.length, 'byte')}, as they came:</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
        <section className="bytes" tabIndex={0} aria-label="Raw bytes">
          <pre>
            <code>{hexDump(raw)}</code>
          </pre>
        </section>
      </div>
      {replayedAt === null ? (
        <>
          <label className="field">
            <span>As it should be</span>
            <textarea
              rows={Math.min(16, text.split('\n').length + 1)}
              spellCheck={false}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          </label>
          <div className="row-actions">
            <button
              type="button"
              className="button button-strong"
              disabled={replay.isPending}
              onClick={() => replay.mutate()}
            >
              {text === pretty(whole) ? 'Replay as it came' : 'Replay mended'}
            </button>
          </div>
        </>
      ) : null}
      <p role="status">
        {replay.data
          ? `In the stream again: partition ${replay.data.partition}, position ${count(replay.data.position)}.`
          : ''}
      </p>
      {replay.error ? (
        <p className="label-error" role="alert">
          Not replayed: {replay.error.message}
        </p>
      ) : null}
    </div>
  )
}

/** JSON with its lines indented; anything else as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const lineBytes = 16
const shownBytes = 4096

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, shownBytes); at += lineBytes) {
    const line = [...bytes.subarray(at, at + lineBytes)]
    const hex = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = line.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(lineBytes * 3 - 1)}  ${text}`)
  }
  if (bytes.length > shownBytes) lines.push(`… and ${count(bytes.length - shownBytes)} more`)
  return lines.join('\n')
}

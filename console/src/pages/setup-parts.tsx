// Parts of the steps of Setup: work under way with its bar, and what went wrong.

import type { ReactNode } from 'react'
import { percent } from '../format.ts'
import { Icon } from '../parts/icon.tsx'

type WorkProps = { title: string; stage: string; share: number | null; onStop?: () => void; note?: ReactNode }

export function Work({ title, stage, share, onStop, note }: WorkProps) {
  return (
    <section className="panel work" aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        {share === null ? null : <p>{percent(share)}</p>}
      </header>
      <progress className="work-bar" aria-label={title} max={1} {...(share === null ? {} : { value: share })} />
      <p className="work-stage">{stage}</p>
      {note ? <p className="work-note">{note}</p> : null}
      {onStop ? (
        <button type="button" className="button" onClick={onStop}>
          Stop
        </button>
      ) : null}
    </section>
  )
}

export function Trouble({ title, problem }: { title: string; problem: { readonly message: string } | null }) {
  if (!problem) return null
  return (
    <div className="notice notice-alarm" role="alert">
      <Icon name="alarm" />
      <div>
        <h2>{title}</h2>
        <p>{problem.message}</p>
      </div>
    </div>
  )
}

// What stands where data would: still loading, not to be had and why, or nothing there and what to do.

import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className="loading" role="status">
      <span className="unseen">Loading {what}…</span>
      {Array.from({ length: lines }, (_, line) => `line ${line}`).map((line) => (
        <div className="loading-line" key={line} />
      ))}
    </div>
  )
}

function Failed({ what, error, again }: { what: string; error: Error; again?: () => void }) {
  return (
    <div className="notice notice-alarm" role="alert">
      <Icon name="alarm" />
      <div>
        <h2>Cannot show {what}</h2>
        <p>{error.message}</p>
        {again ? (
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
        ) : null}
      </div>
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

type Asked<T> = { data: T | undefined; error: Error | null; refetch: () => unknown }

/** A query's loading and failure, told apart from its data; data that is held stays on screen when a later try fails. */
export function Await<T>({
  query,
  what,
  lines,
  children,
}: {
  query: Asked<T>
  what: string
  lines?: number
  children: (data: T) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failed what={what} error={query.error} again={() => void query.refetch()} />
  return <Loading what={what} {...(lines === undefined ? {} : { lines })} />
}

// A title and what belongs under it → the frame that every page shares: heading, document title, actions.

import { type ReactNode, useEffect } from 'react'

type PageProps = {
  title: string
  /** One line under the title. */
  lead?: ReactNode
  /** Above the title: the way back. */
  back?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, lead, back, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tocsin`
  }, [title])
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          {back}
          <h1 tabIndex={-1}>{title}</h1>
          {lead ? <p className="lead">{lead}</p> : null}
        </div>
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      {children}
    </div>
  )
}

/** A titled part of a page. */
export function Panel({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        {note ? <p>{note}</p> : null}
      </header>
      {children}
    </section>
  )
}

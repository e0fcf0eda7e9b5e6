// A receiver's name → what it would be sent about an alert, as it would see it.

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api, type Preview } from '../api.ts'
import { Await } from '../parts/states.tsx'

export function PreviewDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const query = useQuery({ queryKey: ['preview', name], queryFn: ({ signal }) => api.preview(name, signal) })
  return (
    <dialog ref={dialog} className="dialog dialog-wide" aria-labelledby="preview-title" onClose={onClose}>
      <header>
        <h2 id="preview-title">What {name} would be sent</h2>
        <p>About an example, without its secrets. Nothing is sent.</p>
      </header>
      <Await query={query} what="the preview" lines={4}>
        {(preview) => <Sent name={name} preview={preview} />}
      </Await>
      <footer>
        <button type="button" className="button button-strong" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </footer>
    </dialog>
  )
}

function Sent({ name, preview: { contentType, body } }: { name: string; preview: Preview }) {
  // Nothing in a message may run or reach the console.
  if (contentType === 'text/html')
    return <iframe className="preview-page" title={`A message to ${name}`} sandbox="" srcDoc={body} />
  return (
    <section className="preview-text" aria-label={`A message to ${name}`} tabIndex={-1}>
      <pre>{contentType === 'application/json' ? indented(body) : body}</pre>
    </section>
  )
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

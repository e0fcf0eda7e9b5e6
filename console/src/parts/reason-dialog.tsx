// A change that others will ask about → a question for its reason, then the change.

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'

type ReasonDialogProps = {
  title: string
  /** What the change means, in a sentence. */
  children: ReactNode
  /** On the button, e.g. `Promote version 2`. */
  action: string
  /** Begins the sentence of a refusal, e.g. `Not promoted`. */
  refused: string
  onSend: (reason: string) => Promise<unknown>
  onClose: () => void
}

export function ReasonDialog({ title, children, action, refused, onSend, onClose }: ReasonDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const change = useMutation({
    mutationFn: () => onSend(reason.trim()),
    onSuccess: () => dialog.current?.close(),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="reason-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="reason-title">{title}</h2>
        {children}
        <label className="field">
          <span>Reason</span>
          <textarea
            required
            rows={3}
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            placeholder="For whoever asks later"
          />
        </label>
        {change.error ? (
          <p className="label-error" role="alert">
            {refused}: {change.error.message}
          </p>
        ) : null}
        <footer>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button button-strong" disabled={change.isPending}>
            {action}
          </button>
        </footer>
      </form>
    </dialog>
  )
}

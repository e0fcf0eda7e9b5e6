// A version and the champion it would follow → a question for the reason, then the promotion.

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api, type ModelJson } from '../api.ts'

type PromoteDialogProps = { model: ModelJson; champion: ModelJson | null; onClose: () => void }

export function PromoteDialog({ model, champion, onClose }: PromoteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const promotion = useMutation({
    mutationFn: () => api.promote(model.version, reason.trim()),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['models'] })
      void client.invalidateQueries({ queryKey: ['stats'] })
      dialog.current?.close()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    promotion.mutate()
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="promote-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="promote-title">Promote version {model.version}</h2>
        <p>
          From the next event on, version {model.version} decides
          {champion ? ` in place of version ${champion.version}` : ''}. What was decided before stays as it is.
        </p>
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
        {promotion.error ? (
          <p className="label-error" role="alert">
            Not promoted: {promotion.error.message}
          </p>
        ) : null}
        <footer>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button button-strong" disabled={promotion.isPending}>
            Promote version {model.version}
          </button>
        </footer>
      </form>
    </dialog>
  )
}

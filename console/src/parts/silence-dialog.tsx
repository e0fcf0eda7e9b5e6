// An entity, or an amount below which nobody need be told → for how long and why, then the silence.

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'

const hourMs = 3_600_000
const spans = [
  { hours: 1, name: '1 hour' },
  { hours: 4, name: '4 hours' },
  { hours: 24, name: '1 day' },
  { hours: 168, name: '1 week' },
] as const

/** `entity`: what to silence where it is known already. */
type SilenceDialogProps = { entity?: string | null; onClose: () => void }

export function SilenceDialog({ entity = null, onClose }: SilenceDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const client = useQueryClient()
  const [wanted, setWanted] = useState(entity ?? '')
  const [below, setBelow] = useState('')
  const [hours, setHours] = useState<number>(24)
  const [note, setNote] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const silence = useMutation({
    mutationFn: () =>
      api.silence({
        matcher: {
          ...(wanted.trim() === '' ? {} : { entity: wanted.trim() }),
          ...(below.trim() === '' ? {} : { amount: { below: Number(below) } }),
        },
        endsAt: new Date(Date.now() + hours * hourMs).toISOString(),
        note: note.trim() || null,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['silences'] })
      dialog.current?.close()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    silence.mutate()
  }
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="silence-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="silence-title">Silence</h2>
        <p>Nobody is told at once of alerts that match, until it ends. They stand in the queue all the same.</p>
        <label className="field">
          <span>Entity</span>
          <input
            value={wanted}
            required={below.trim() === ''}
            placeholder="* stands for any characters"
            onChange={({ target }) => setWanted(target.value)}
          />
        </label>
        <label className="field">
          <span>Only amounts below</span>
          <input
            type="number"
            min="0"
            step="any"
            value={below}
            placeholder="Any amount"
            onChange={({ target }) => setBelow(target.value)}
          />
        </label>
        <label className="field">
          <span>For</span>
          <select value={hours} onChange={({ target }) => setHours(Number(target.value))}>
            {spans.map(({ hours: value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Why</span>
          <input maxLength={2000} value={note} onChange={({ target }) => setNote(target.value)} />
        </label>
        {silence.error ? (
          <p className="label-error" role="alert">
            Not silenced: {silence.error.message}
          </p>
        ) : null}
        <footer>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button button-strong" disabled={silence.isPending}>
            Silence
          </button>
        </footer>
      </form>
    </dialog>
  )
}

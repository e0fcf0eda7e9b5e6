// The alerts of a list and those chosen → one line that chooses all of them, and answers those chosen in one go.

import { useMutation } from '@tanstack/react-query'
import { type AlertJson, api, type Label } from '../api.ts'
import { counted } from '../format.ts'
import { useGiveMany } from '../labels.ts'

type ManyBarProps = {
  alerts: readonly AlertJson[]
  ids: ReadonlySet<string>
  onChange: (ids: ReadonlySet<string>) => void
}

/** As many as the server takes at once. */
const most = 1000

export function ManyBar({ alerts, ids, onChange }: ManyBarProps) {
  const give = useGiveMany()
  const acknowledge = useMutation({
    mutationFn: async (chosen: readonly string[]) => {
      for (const id of chosen) await api.acknowledge(id)
    },
    onSuccess: () => onChange(new Set()),
  })
  const listed = alerts.slice(0, most)
  const chosen = listed.filter(({ id }) => ids.has(id)).map(({ id }) => id)
  const isAll = chosen.length === listed.length
  const label = (of: Label) => give.mutate({ ids: chosen, label: of }, { onSuccess: () => onChange(new Set()) })
  const isBusy = give.isPending || acknowledge.isPending
  const failed = give.error ?? acknowledge.error
  return (
    <div className="many" data-open={chosen.length > 0}>
      <label>
        <input
          type="checkbox"
          checked={isAll}
          ref={(box) => {
            if (box) box.indeterminate = chosen.length > 0 && !isAll
          }}
          onChange={() => onChange(new Set(isAll ? [] : listed.map(({ id }) => id)))}
        />
        <span aria-live="polite">
          {chosen.length === 0
            ? `Choose all ${counted(listed.length, 'alert')} listed`
            : `${counted(chosen.length, 'alert')} chosen`}
        </span>
      </label>
      {chosen.length === 0 ? null : (
        <fieldset className="many-actions" disabled={isBusy} aria-label="Answer all that are chosen">
          <button type="button" className="button" onClick={() => label('anomaly')}>
            All anomaly
          </button>
          <button type="button" className="button" onClick={() => label('normal')}>
            All normal
          </button>
          <button type="button" className="button" onClick={() => acknowledge.mutate(chosen)}>
            Acknowledge
          </button>
        </fieldset>
      )}
      {failed ? (
        <p className="label-error" role="alert">
          Not saved: {failed.message}
        </p>
      ) : null}
    </div>
  )
}

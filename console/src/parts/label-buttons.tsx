// An alert → the answers a person can give, pressed where given, with the reason where one could not be stored.

import type { AlertJson, Label } from '../api.ts'
import { useGiveLabel, useLabelling, useSayUnsure } from '../labels.ts'
import { Icon } from './icon.tsx'

const answers: readonly { label: Label; name: string; key: string; icon: 'alarm' | 'check' }[] = [
  { label: 'anomaly', name: 'Anomaly', key: 'a', icon: 'alarm' },
  { label: 'normal', name: 'Normal', key: 'n', icon: 'check' },
]

export function LabelButtons({ alert }: { alert: AlertJson }) {
  const give = useGiveLabel()
  const { label, isPending, isUnsure, failed } = useLabelling(alert)
  const sayUnsure = useSayUnsure()
  return (
    <div className="labels">
      <fieldset className="label-buttons" aria-busy={isPending}>
        <legend className="unseen">Is {alert.entity ?? alert.eventId} an anomaly?</legend>
        {answers.map((answer) => (
          <button
            key={answer.label}
            type="button"
            className={`label-button label-${answer.label}`}
            aria-pressed={label === answer.label}
            aria-keyshortcuts={answer.key}
            onClick={() => give(alert.id, answer.label)}
          >
            <Icon name={answer.icon} />
            {answer.name}
          </button>
        ))}
        <button
          type="button"
          className="label-button label-unsure"
          aria-pressed={isUnsure}
          aria-keyshortcuts="u"
          onClick={() => sayUnsure(alert.id)}
        >
          Unsure
        </button>
      </fieldset>
      {failed ? (
        <p className="label-error" role="alert">
          Not saved as {failed.label}: {failed.reason}{' '}
          <button type="button" className="link-button" onClick={() => give(alert.id, failed.label)}>
            Try again
          </button>
        </p>
      ) : null}
    </div>
  )
}

// What the linter found → each finding in words, errors first, with what can be done about it here.

import type { SetupChoices, SetupState } from '../api.ts'

type Checked = NonNullable<SetupState['checked']>
type Finding = Checked['findings'][number]
type Choose = (parts: Partial<SetupChoices>) => void

/** Left out or accepted. */
export function isSettled({ code, columns }: Finding, { ignore = [], accept = [] }: SetupChoices): boolean {
  if (accept.includes(code)) return true
  return columns.length > 0 && columns.every((name) => ignore.includes(name) || accept.includes(`${code}:${name}`))
}

type FindingsProps = { checked: SetupState['checked']; choices: SetupChoices; canIgnore: boolean; onChange: Choose }

export function Findings({ checked, choices, canIgnore, onChange }: FindingsProps) {
  if (!checked)
    return <p className="none">Choose the label; then the history is looked at before anything is trained on it.</p>
  const { findings, notes } = checked
  return (
    <>
      {findings.length === 0 ? (
        <p className="row-note">Nothing that would make a model of it worse than it looks.</p>
      ) : null}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ul className="findings" role="list">
        {findings.map((finding) => (
          <FindingRow
            key={`${finding.code} ${finding.columns.join(' ')} ${finding.message}`}
            finding={finding}
            choices={choices}
            canIgnore={canIgnore}
            onChange={onChange}
          />
        ))}
      </ul>
      {notes.length > 0 ? (
        <details className="notes">
          <summary>How the columns were read ({notes.length})</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  )
}

type FindingRowProps = { finding: Finding; choices: SetupChoices; canIgnore: boolean; onChange: Choose }

function FindingRow({ finding, choices, canIgnore, onChange }: FindingRowProps) {
  const { code, severity, columns, message } = finding
  const { ignore = [], accept = [] } = choices
  const settled = isSettled(finding, choices)
  const entries = columns.length === 0 ? [code] : columns.map((name) => `${code}:${name}`)
  return (
    <li className="finding" data-severity={settled ? 'settled' : severity}>
      <p>
        <b>{settled ? 'Settled' : severity === 'error' ? 'Error' : 'Look at this'}</b> <code>{code}</code>{' '}
        {sentences(message)}
      </p>
      {settled || !canIgnore ? null : (
        <div className="row-actions">
          {columns.length > 0 ? (
            <button
              type="button"
              className="button"
              onClick={() => onChange({ ignore: [...new Set([...ignore, ...columns])] })}
            >
              Leave out {columns.join(', ')}
            </button>
          ) : null}
          <button
            type="button"
            className="button"
            onClick={() => onChange({ accept: [...new Set([...accept, ...entries])] })}
          >
            It is right as it is
          </button>
        </div>
      )}
    </li>
  )
}

// What to write into a file is done by buttons here.
function sentences(message: string): string {
  return message.replace(/;? (if that is how it was, accept it|or accept it|accept it): lint\.accept: \[[^\]]*\]/g, '')
}

// The columns of a file → who is the label, the time, the amount, the entity and the id; what the linter found; and how many alerts a day.

import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { api, type SetupChoices, type SetupState } from '../api.ts'
import { count, counted, percent } from '../format.ts'
import { Panel } from '../parts/page.tsx'
import { Findings, isSettled } from './setup-findings.tsx'
import { Trouble, Work } from './setup-parts.tsx'
import { TimeFields } from './setup-time.tsx'

type Inspected = NonNullable<SetupState['inspected']>
export type InspectedColumn = Inspected['columns'][number]
type Role = 'label' | 'time' | 'amount' | 'entity' | 'id'

export function Choosing({ state, inspected }: { state: SetupState; inspected: Inspected }) {
  const client = useQueryClient()
  const [choices, setChoices] = useState(() => firstChoices(state, inspected))
  const [refused, setRefused] = useState<Error | null>(null)
  const change = (parts: Partial<SetupChoices>) => setChoices((held) => ({ ...held, ...parts }))
  const ask = (doing: Promise<SetupState>) => {
    setRefused(null)
    doing.then((next) => client.setQueryData(['setup'], next)).catch(setRefused)
  }
  const check = () => ask(api.setupCheck(choices))
  const canCheck = state.isConfigured || choices.label !== ''
  const isUnchecked = canCheck && !state.checked && !state.problem
  useOnce(isUnchecked, check)
  const isLooking = state.progress !== null || (isUnchecked && !refused)
  const errors = (state.checked?.findings ?? []).filter(
    (finding) => finding.severity === 'error' && !isSettled(finding, choices),
  )
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        ask(api.setupTrain(choices))
      }}
    >
      <Trouble title="This cannot be trained as it is" problem={refused ?? state.problem} />
      {state.isConfigured ? <Configured /> : <Roles inspected={inspected} choices={choices} onChange={change} />}
      <Columns inspected={inspected} state={state} choices={choices} onChange={change} />
      {isLooking ? (
        <Work
          title="Looking for leaks"
          stage="Each column alone, repeated rows, times, and how labels were given."
          share={null}
        />
      ) : (
        <Panel
          title="What the linter found"
          note={
            <button type="button" className="link-button" disabled={!canCheck} onClick={check}>
              Look again
            </button>
          }
        >
          <Findings checked={state.checked} choices={choices} canIgnore={!state.isConfigured} onChange={change} />
        </Panel>
      )}
      <footer className="setup-actions">
        <button type="button" className="button" onClick={() => ask(api.setupStep('forget'))}>
          Another file
        </button>
        <button
          type="submit"
          className="button button-strong"
          disabled={isLooking || !state.checked || errors.length > 0}
        >
          Train
        </button>
        {errors.length > 0 ? (
          <p className="work-note">Leave out or accept what is red first: it would make every figure worthless.</p>
        ) : null}
      </footer>
    </form>
  )
}

function useOnce(isTime: boolean, act: () => void): void {
  const isDone = useRef(false)
  useEffect(() => {
    if (!isTime || isDone.current) return
    isDone.current = true
    act()
  })
}

function firstChoices({ file }: SetupState, { guess, columns }: Inspected): SetupChoices {
  const stem = (file?.name ?? '').replace(/\..*$/, '').toLowerCase()
  const name = stem.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '')
  const label = guess.label ?? ''
  return {
    ...{ detector: name || 'my-detector', label, anomaly: likelyAnomaly(columns, label) },
    ...{ time: guess.time, amount: guess.amount, entity: guess.entity, id: guess.id },
    ...{ ignore: [], accept: [], alertsPerDay: 50, timeZone: 'UTC' },
  }
}

/** 1 or true where the label has it, else its rarest value. */
function likelyAnomaly(columns: readonly InspectedColumn[], label: string): string {
  const values = columns.find(({ name }) => name === label)?.values ?? []
  const plain = values.find(({ text }) => Number(text) === 1 || text.toLowerCase() === 'true')
  return plain ? '1' : (values.at(-1)?.text ?? '1')
}

function Configured() {
  return (
    <Panel title="Columns as in tocsin.yaml">
      <p className="setup-words">
        This detector has a configuration: what it says of label, time, amount, entity and id counts, and so does its
        operating point.
      </p>
    </Panel>
  )
}

type Choose = (parts: Partial<SetupChoices>) => void
type RolesProps = { inspected: Inspected; choices: SetupChoices; onChange: Choose }

function Roles({ inspected: { columns }, choices, onChange }: RolesProps) {
  const values = columns.find(({ name }) => name === choices.label)?.values ?? []
  const timeName = typeof choices.time === 'string' ? choices.time : (choices.time?.column ?? null)
  const time = columns.find(({ name }) => name === timeName)
  return (
    <Panel title="Who is who" note="guessed; please look">
      <div className="roles">
        <Field name="Label" note="says which rows are anomalies">
          <Select
            columns={columns.filter(({ kind }) => kind !== 'nested' && kind !== 'empty')}
            value={choices.label}
            none="Choose the label"
            isRequired={true}
            onChoose={(label) => onChange({ label: label ?? '', anomaly: likelyAnomaly(columns, label ?? '') })}
          />
        </Field>
        <Field name="Anomaly" note="the label’s value for one">
          <select value={choices.anomaly} onChange={({ target }) => onChange({ anomaly: target.value })}>
            {[...new Set([choices.anomaly, ...values.map(({ text }) => (Number(text) === 1 ? '1' : text))])].map(
              (text) => (
                <option key={text}>{text}</option>
              ),
            )}
          </select>
        </Field>
        <Field name="Time" note="when it happened; periods are split by it">
          <Select
            columns={columns.filter(({ kind }) => kind === 'instant' || kind === 'number' || kind === 'text')}
            value={timeName}
            none="The order of the rows"
            onChoose={(column) => onChange({ time: column })}
          />
        </Field>
        <TimeFields column={time} time={choices.time ?? null} onChange={(next) => onChange({ time: next })} />
        <Field name="Amount" note="money at risk">
          <Select
            columns={columns.filter(({ kind }) => kind === 'number')}
            value={choices.amount ?? null}
            none="None"
            onChoose={(amount) => onChange({ amount })}
          />
        </Field>
        <Field name="Entity" note="card, customer, machine: its alerts belong together">
          <Select
            columns={columns.filter(({ kind }) => kind === 'number' || kind === 'text')}
            value={choices.entity ?? null}
            none="None"
            onChoose={(entity) => onChange({ entity })}
          />
        </Field>
        <Field name="Id" note="names an event; the same id is stored once">
          <Select
            columns={columns.filter(({ kind }) => kind === 'number' || kind === 'text')}
            value={choices.id ?? null}
            none="None: the place in the stream"
            onChoose={(id) => onChange({ id })}
          />
        </Field>
        <Field name="Alerts a day" note="as many as the team can review">
          <input
            type="number"
            min={1}
            max={1_000_000}
            required
            value={choices.alertsPerDay ?? 50}
            onChange={({ target }) => onChange({ alertsPerDay: Number(target.value) })}
          />
        </Field>
        <Field name="Name" note="of the detector: letters, digits and dashes">
          <input
            required
            pattern="[a-z0-9][a-z0-9\-]*"
            value={choices.detector}
            onChange={({ target }) => onChange({ detector: target.value })}
          />
        </Field>
        <Field name="Days of" note="where midnight closes a day">
          <select value={choices.timeZone ?? 'UTC'} onChange={({ target }) => onChange({ timeZone: target.value })}>
            {[...new Set(['UTC', Intl.DateTimeFormat().resolvedOptions().timeZone])].map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </Field>
      </div>
    </Panel>
  )
}

export function Field({ name, note, children }: { name: string; note: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children.
    <label className="field role">
      <span>{name}</span>
      {children}
      <small>{note}</small>
    </label>
  )
}

type SelectProps = {
  columns: readonly InspectedColumn[]
  value: string | null
  none: string
  isRequired?: boolean
  onChoose: (column: string | null) => void
}

function Select({ columns, value, none, isRequired = false, onChoose }: SelectProps) {
  return (
    <select value={value ?? ''} required={isRequired} onChange={({ target }) => onChoose(target.value || null)}>
      <option value="">{none}</option>
      {columns.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

const kinds: Readonly<Record<InspectedColumn['kind'], string>> = {
  number: 'number',
  boolean: 'yes or no',
  instant: 'time',
  text: 'text',
  mixed: 'mostly numbers',
  nested: 'lists or objects',
  empty: 'empty',
}
const shownColumns = 12

type ColumnsProps = { inspected: Inspected; state: SetupState; choices: SetupChoices; onChange: Choose }

function Columns({ inspected: { columns, rows, rejected }, state, choices, onChange }: ColumnsProps) {
  const [isAll, setAll] = useState(false)
  const shown = isAll ? columns : columns.slice(0, shownColumns)
  const roleOf = (name: string): Role | null => {
    if (state.isConfigured) return null
    const time = typeof choices.time === 'string' ? choices.time : choices.time?.column
    const held = { label: choices.label, time, amount: choices.amount, entity: choices.entity, id: choices.id }
    return (Object.keys(held) as Role[]).find((role) => held[role] === name) ?? null
  }
  const toggle = (name: string) => {
    const { ignore = [] } = choices
    onChange({ ignore: ignore.includes(name) ? ignore.filter((other) => other !== name) : [...ignore, name] })
  }
  return (
    <Panel
      title={state.file?.name ?? 'The file'}
      note={`${counted(rows, 'row')}, ${counted(columns.length, 'column')}`}
    >
      {rejected > 0 ? (
        <p className="row-note">{counted(rejected, 'line')} of it are no rows and are left out.</p>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <section className="columns-scroll" tabIndex={0} aria-label="Columns">
        <table className="columns">
          <caption className="unseen">Columns of the file</caption>
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Kind</th>
              <th scope="col" className="number columns-counts">
                Filled
              </th>
              <th scope="col" className="number columns-counts">
                Different
              </th>
              <th scope="col" className="columns-values">
                Most often
              </th>
              <th scope="col">Use</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((column) => (
              <ColumnRow
                key={column.name}
                column={column}
                rows={rows}
                role={roleOf(column.name)}
                isIgnored={choices.ignore?.includes(column.name) ?? false}
                {...(state.isConfigured ? {} : { onToggle: () => toggle(column.name) })}
              />
            ))}
          </tbody>
        </table>
      </section>
      {columns.length > shown.length ? (
        <button type="button" className="button columns-more" onClick={() => setAll(true)}>
          Show all {count(columns.length)} columns
        </button>
      ) : null}
    </Panel>
  )
}

type ColumnRowProps = {
  column: InspectedColumn
  rows: number
  role: Role | null
  isIgnored: boolean
  onToggle?: () => void
}

function ColumnRow({
  column: { name, kind, present, distinct, values, unfit },
  rows,
  role,
  isIgnored,
  onToggle,
}: ColumnRowProps) {
  return (
    <tr data-ignored={isIgnored}>
      <th scope="row">{name}</th>
      <td>{kinds[kind]}</td>
      <td className="number columns-counts">{rows === 0 ? '–' : percent(present / rows)}</td>
      <td className="number columns-counts">{count(distinct)}</td>
      <td className="columns-values">
        {values
          .slice(0, 3)
          .map(({ text }) => text)
          .join(', ')}
      </td>
      <td>
        {role === 'amount' ? <span className="use use-role">amount, feature</span> : null}
        {role !== null && role !== 'amount' ? <span className="use use-role">{role}</span> : null}
        {role === null && unfit !== null ? <span className="use">{unfit}</span> : null}
        {role === null && unfit === null && onToggle ? (
          <label className="use">
            <input type="checkbox" checked={!isIgnored} onChange={onToggle} />
            feature<span className="unseen"> {name}</span>
          </label>
        ) : null}
      </td>
    </tr>
  )
}

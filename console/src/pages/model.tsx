// One version → its operating point on a slider: what each threshold means by its evaluation, and would have meant last week, before it is saved.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, evaluationOf, type ModelJson, type OperatingPoint } from '../api.ts'
import { score } from '../format.ts'
import { Page, Panel } from '../parts/page.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { BackLink } from '../router.tsx'
import { CurveChart } from './model-curve.tsx'
import { Meaning } from './model-meaning.tsx'
import './models.css'

export function ModelPage({ version }: { version: number }) {
  const isNumber = Number.isInteger(version) && version > 0
  const models = useQuery({ queryKey: ['models'], queryFn: ({ signal }) => api.models(signal) })
  const query = useQuery({
    queryKey: ['operating-point', version],
    queryFn: ({ signal }) => api.operatingPoint(version, signal),
    enabled: isNumber,
  })
  const model = models.data?.models.find((each) => each.version === version)
  return (
    <Page
      title={isNumber ? `Version ${version}` : 'No such version'}
      lead={
        model
          ? `${model.aliases.length > 0 ? `The ${model.aliases.join(' and ')}` : 'Decides nothing now'}. An event alerts where its score reaches the threshold.`
          : null
      }
      back={<BackLink href="/models">Models</BackLink>}
      actions={query.data?.hasReport ? <ReportLink version={version} /> : null}
    >
      {isNumber ? (
        <Await query={query} what="its operating point" lines={5}>
          {(point) => <OperatingPointView key={point.threshold} point={point} model={model} />}
        </Await>
      ) : (
        <Empty title="Versions are numbers, from 1 on" />
      )}
    </Page>
  )
}

function ReportLink({ version }: { version: number }) {
  return (
    <a className="button" href={`/v1/models/${version}/report`} target="_blank" rel="noreferrer">
      Training report
    </a>
  )
}

function OperatingPointView({ point, model }: { point: OperatingPoint; model: ModelJson | undefined }) {
  const steps = thresholdsOf(point)
  const current = steps.indexOf(point.threshold)
  const [at, setAt] = useState(current)
  const [isSaving, setSaving] = useState(false)
  const threshold = steps[at] ?? point.threshold
  return (
    <>
      <Panel title="Operating point" note={`now ${score(point.threshold)}`}>
        <CurveChart curve={point.curve} threshold={threshold} current={point.threshold} />
        <div className="operating-slider">
          <label htmlFor="threshold">
            Threshold <b>{score(threshold)}</b>
          </label>
          <input
            id="threshold"
            type="range"
            min={0}
            max={steps.length - 1}
            step={1}
            value={at}
            onChange={(event) => setAt(Number(event.target.value))}
            aria-valuetext={score(threshold)}
          />
          <span className="operating-ends" aria-hidden="true">
            <span>fewer alerts</span>
            <span>more alerts</span>
          </span>
        </div>
        <Meaning point={point} threshold={threshold} evaluation={model ? evaluationOf(model) : null} />
        <footer className="operating-actions">
          <button type="button" className="button" disabled={at === current} onClick={() => setAt(current)}>
            Back to now
          </button>
          <button
            type="button"
            className="button button-strong"
            disabled={at === current}
            onClick={() => setSaving(true)}
          >
            Save {score(threshold)}
          </button>
        </footer>
      </Panel>
      <Changes point={point} />
      {isSaving ? <SaveDialog point={point} threshold={threshold} onClose={() => setSaving(false)} /> : null}
    </>
  )
}

// Highest first, so that the slider runs from few alerts to many; never 0, at which everything alerts.
function thresholdsOf({ curve, lastWeek, threshold }: OperatingPoint): number[] {
  const from = curve.length > 0 ? curve : (lastWeek?.outcomes ?? [])
  const all = new Set([threshold, ...from.map((each) => each.threshold)])
  return [...all].filter((each) => each > 0).sort((a, b) => b - a)
}

function Changes({ point: { changes } }: { point: OperatingPoint }) {
  return (
    <Panel title="Changes">
      {changes.length === 0 ? (
        <p className="none">The threshold is the one that training chose.</p>
      ) : (
        <ol className="changes">
          {changes.map(({ threshold, by, reason, changedAt }) => (
            <li key={changedAt}>
              <b>{score(threshold)}</b> {reason}
              <small>
                {by}, <Time iso={changedAt} />
              </small>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}

type SaveDialogProps = { point: OperatingPoint; threshold: number; onClose: () => void }

function SaveDialog({ point: { version, threshold: current }, threshold, onClose }: SaveDialogProps) {
  const client = useQueryClient()
  const save = async (reason: string) => {
    await api.moveThreshold(version, threshold, reason)
    await client.invalidateQueries({ queryKey: ['operating-point'] })
  }
  return (
    <ReasonDialog
      title={`Alert from ${score(threshold)} on`}
      action="Save the threshold"
      refused="Not saved"
      onSend={save}
      onClose={onClose}
    >
      <p>
        From the next event on, version {version} alerts at {score(threshold)} in place of {score(current)}. What was
        decided before stays as it is.
      </p>
    </ReasonDialog>
  )
}

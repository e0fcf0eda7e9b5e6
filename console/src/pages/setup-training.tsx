// Training under way → its bar; training done → how good it is on the period that it never saw, and the way to go live.

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Evaluation, type SetupState } from '../api.ts'
import { score } from '../format.ts'
import { EvaluationFigures } from '../parts/evaluation.tsx'
import { Panel } from '../parts/page.tsx'
import { Trouble, Work } from './setup-parts.tsx'

export function Training({ state: { progress, file } }: { state: SetupState }) {
  const client = useQueryClient()
  return (
    <Work
      title={`Training on ${file?.name ?? 'the history'}`}
      stage={progress?.stage ?? 'Beginning'}
      share={progress?.share || null}
      note="It learns from the earlier rows and is judged on the last period, which it never sees. This page may be closed meanwhile."
      onStop={() => void api.setupStep('stop').then((state) => client.setQueryData(['setup'], state))}
    />
  )
}

type TrainedModel = NonNullable<SetupState['trained']>

export function Trained({ state, trained }: { state: SetupState; trained: TrainedModel }) {
  const client = useQueryClient()
  const [refused, setRefused] = useState<Error | null>(null)
  const [isGoing, setGoing] = useState(false)
  const step = (name: 'forget' | 'go-live') => {
    setRefused(null)
    setGoing(name === 'go-live')
    api
      .setupStep(name)
      .then((next) => client.setQueryData(['setup'], next))
      .catch((error: Error) => {
        setGoing(false)
        setRefused(error)
      })
  }
  // Figures of the library's own shape; the server checked it when it stored the model.
  const evaluation = trained.evaluation as Evaluation
  return (
    <>
      <Trouble title="Not live" problem={refused ?? state.problem} />
      <Panel
        title={`How good ${trained.detector} is`}
        note={
          <a href="/v1/setup/report" target="_blank" rel="noreferrer">
            The whole training report
          </a>
        }
      >
        <p className="setup-words">
          On the last period of the history, by a model made the same way that never saw it. It reads {trained.features}{' '}
          features, and alerts from a score of {score(trained.threshold)} on. The line of the best single feature is
          what any model must beat.
        </p>
        <EvaluationFigures evaluation={evaluation} />
      </Panel>
      {trained.yaml ? (
        <Panel title="What goes into tocsin.yaml" note="as tocsin init would write it">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
          <section className="yaml" tabIndex={0} aria-label="Text of tocsin.yaml">
            <pre>
              <code>{trained.yaml}</code>
            </pre>
          </section>
        </Panel>
      ) : null}
      <footer className="setup-actions">
        <button type="button" className="button" onClick={() => step('forget')}>
          Begin again
        </button>
        <button type="button" className="button button-strong" disabled={isGoing} onClick={() => step('go-live')}>
          Go live
        </button>
        <p className="work-note">
          {trained.yaml ? 'Writes tocsin.yaml, makes' : 'Makes'} version {trained.version} the champion and scores from
          then on.
        </p>
      </footer>
    </>
  )
}

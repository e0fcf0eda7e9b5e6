// An empty installation → a live detector: a file, who is who in it, what the linter found, training, its report, and the first event.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { ApiError, api, type SetupState } from '../api.ts'
import { Page } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Link } from '../router.tsx'
import { Choosing } from './setup-columns.tsx'
import { FileStep } from './setup-file.tsx'
import { Live } from './setup-live.tsx'
import { Trained, Training } from './setup-training.tsx'
import './setup.css'

const refreshMs = 2_000

export function SetupPage() {
  const query = useQuery({
    queryKey: ['setup'],
    queryFn: ({ signal }) => api.setup(signal),
    refetchInterval: ({ state }) =>
      state.error instanceof ApiError && state.error.code === 'SETUP_CLOSED' ? false : refreshMs,
    retry: false,
  })
  useSetupNews()
  return (
    <Page title="Setup" lead="From a file of labelled history to alerts, in one go. Nothing leaves this machine.">
      {query.error instanceof ApiError && query.error.code === 'SETUP_CLOSED' ? (
        <Elsewhere />
      ) : (
        <Await query={query} what="Setup" lines={4}>
          {(state) => (
            <>
              <Steps phase={state.phase} />
              <Announced state={state} />
              <Step state={state} />
            </>
          )}
        </Await>
      )}
    </Page>
  )
}

function Elsewhere() {
  return (
    <Empty title="This process is not set up from its console">
      <p>
        It was started with a configuration and shares its work. Train with the command line; the model then shows under{' '}
        <Link href="/models">Models</Link>.
      </p>
      <pre>
        <code>tocsin train history.csv</code>
      </pre>
    </Empty>
  )
}

// Progress comes over the live feed; asking now and then makes good what was missed while the server started again.
function useSetupNews(): void {
  const client = useQueryClient()
  useEffect(() => {
    const source = new EventSource('/v1/live')
    source.addEventListener('setup', (event) => client.setQueryData(['setup'], JSON.parse(event.data)))
    return () => source.close()
  }, [client])
}

function Step({ state }: { state: SetupState }): ReactNode {
  switch (state.phase) {
    case 'file':
    case 'receiving':
      return <FileStep state={state} />
    case 'choosing':
      return state.inspected ? <Choosing key={state.file?.name} state={state} inspected={state.inspected} /> : null
    case 'training':
      return <Training state={state} />
    case 'trained':
      return state.trained ? <Trained state={state} trained={state.trained} /> : null
    case 'live':
      return <Live state={state} />
  }
}

const steps: readonly { readonly name: string; readonly phases: readonly SetupState['phase'][] }[] = [
  { name: 'History', phases: ['file', 'receiving'] },
  { name: 'Columns', phases: ['choosing'] },
  { name: 'Training', phases: ['training', 'trained'] },
  { name: 'Live', phases: ['live'] },
]

function Steps({ phase }: { phase: SetupState['phase'] }) {
  const at = steps.findIndex(({ phases }) => phases.includes(phase))
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map(({ name }, i) => (
        <li key={name} data-done={i < at || phase === 'live'} aria-current={i === at ? 'step' : undefined}>
          <span aria-hidden="true">{i < at || phase === 'live' ? '✓' : i + 1}</span>
          {name}
          {i < at ? <span className="unseen">, done</span> : null}
        </li>
      ))}
    </ol>
  )
}

// What a screen reader is told: each stage, and each quarter of the longest one.
function Announced({ state: { progress, phase, problem } }: { state: SetupState }) {
  const quarter = progress ? Math.floor(progress.share * 4) * 25 : 0
  const stage = progress?.stage.replace(/:.*$/, '')
  const words = progress
    ? `${stage}${quarter > 0 ? `, ${quarter} percent` : ''}`
    : problem
      ? ''
      : {
          file: '',
          receiving: 'Sending the file',
          choosing: 'The file is read',
          training: 'Training',
          trained: 'Training is done',
          live: 'The detector is live',
        }[phase]
  return (
    <p className="unseen" role="status" aria-label="Setup progress">
      {words}
    </p>
  )
}

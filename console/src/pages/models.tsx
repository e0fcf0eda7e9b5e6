// The model's versions → which is champion, how good each was on the last period, its operating point, and the way to promote or roll back.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api, evaluationOf, type ModelJson } from '../api.ts'
import { EvaluationFigures } from '../parts/evaluation.tsx'
import { Page } from '../parts/page.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import './models.css'

export function ModelsPage() {
  const query = useQuery({ queryKey: ['models'], queryFn: ({ signal }) => api.models(signal) })
  return (
    <Page
      title="Models"
      lead="Figures are of the last period of the history, by a model that had never seen it; brackets hold the 95% interval."
    >
      <Await query={query} what="the models" lines={6}>
        {({ models }) => (models.length === 0 ? <NoModel /> : <Versions models={models} />)}
      </Await>
    </Page>
  )
}

function NoModel() {
  return (
    <Empty title="No model yet">
      <p>Train one on labelled history; it appears here with its figures.</p>
      <pre>
        <code>tocsin train history.csv</code>
      </pre>
    </Empty>
  )
}

type Change = { readonly kind: 'promote'; readonly model: ModelJson } | { readonly kind: 'rollBack' }

function Versions({ models }: { models: readonly ModelJson[] }) {
  const [change, setChange] = useState<Change | null>(null)
  const champion = models.find(({ aliases }) => aliases.includes('champion')) ?? null
  const newestFirst = [...models].sort((a, b) => b.version - a.version)
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ol className="models" role="list" aria-label="Versions">
        {newestFirst.map((model) => (
          <Version
            key={model.version}
            model={model}
            onPromote={() => setChange({ kind: 'promote', model })}
            onRollBack={models.length > 1 ? () => setChange({ kind: 'rollBack' }) : null}
          />
        ))}
      </ol>
      {change ? <ChangeDialog change={change} champion={champion} onClose={() => setChange(null)} /> : null}
    </>
  )
}

type ChangeDialogProps = { change: Change; champion: ModelJson | null; onClose: () => void }

function ChangeDialog({ change, champion, onClose }: ChangeDialogProps) {
  const client = useQueryClient()
  const send = async (reason: string) => {
    await (change.kind === 'promote' ? api.promote(change.model.version, reason) : api.rollBack(reason))
    await client.invalidateQueries({ queryKey: ['models'] })
    void client.invalidateQueries({ queryKey: ['stats'] })
  }
  if (change.kind === 'rollBack')
    return (
      <ReasonDialog title="Roll back" action="Roll back" refused="Not rolled back" onSend={send} onClose={onClose}>
        <p>
          The champion before version {champion?.version} decides again, from the next event on. What was decided before
          stays as it is.
        </p>
      </ReasonDialog>
    )
  const { version } = change.model
  return (
    <ReasonDialog
      title={`Promote version ${version}`}
      action={`Promote version ${version}`}
      refused="Not promoted"
      onSend={send}
      onClose={onClose}
    >
      <p>
        From the next event on, version {version} decides{champion ? ` in place of version ${champion.version}` : ''}.
        What was decided before stays as it is.
      </p>
    </ReasonDialog>
  )
}

type VersionProps = { model: ModelJson; onPromote: () => void; onRollBack: (() => void) | null }

function Version({ model, onPromote, onRollBack }: VersionProps) {
  const evaluation = evaluationOf(model)
  const isChampion = model.aliases.includes('champion')
  return (
    <li className="panel model">
      <header className="model-head">
        <h2>Version {model.version}</h2>
        {model.aliases.map((alias) => (
          <span key={alias} className={`alias alias-${alias}`}>
            {alias}
          </span>
        ))}
        <p className="quiet-word">
          trained <Time iso={model.createdAt} />, <code title={model.digest}>{model.digest.slice(0, 12)}</code>
        </p>
        <Link className="button" href={`/models/${model.version}`}>
          Operating point
        </Link>
        {isChampion ? <RollBack onRollBack={onRollBack} /> : <Action onAct={onPromote}>Promote</Action>}
      </header>
      {evaluation ? (
        <EvaluationFigures evaluation={evaluation} />
      ) : (
        <p className="none">This version came without figures that this console can read.</p>
      )}
    </li>
  )
}

function RollBack({ onRollBack }: { onRollBack: (() => void) | null }) {
  return onRollBack ? <Action onAct={onRollBack}>Roll back</Action> : null
}

function Action({ onAct, children }: { onAct: () => void; children: ReactNode }) {
  return (
    <button type="button" className="button" onClick={onAct}>
      {children}
    </button>
  )
}

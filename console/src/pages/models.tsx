// The model's versions → which is champion, how good each was on the last period, and the way to promote another.

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, evaluationOf, type ModelJson } from '../api.ts'
import { EvaluationFigures } from '../parts/evaluation.tsx'
import { Page } from '../parts/page.tsx'
import { PromoteDialog } from '../parts/promote-dialog.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import './models.css'

export function ModelsPage() {
  const query = useQuery({ queryKey: ['models'], queryFn: ({ signal }) => api.models(signal) })
  return (
    <Page
      title="Models"
      lead="Figures are of the last period of the history, which training never saw; brackets hold the 95% interval."
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

function Versions({ models }: { models: readonly ModelJson[] }) {
  const [promoting, setPromoting] = useState<ModelJson | null>(null)
  const champion = models.find(({ aliases }) => aliases.includes('champion')) ?? null
  const newestFirst = [...models].sort((a, b) => b.version - a.version)
  return (
    <>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ol className="models" role="list" aria-label="Versions">
        {newestFirst.map((model) => (
          <Version key={model.version} model={model} onPromote={() => setPromoting(model)} />
        ))}
      </ol>
      {promoting ? <PromoteDialog model={promoting} champion={champion} onClose={() => setPromoting(null)} /> : null}
    </>
  )
}

function Version({ model, onPromote }: { model: ModelJson; onPromote: () => void }) {
  const evaluation = evaluationOf(model)
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
        {model.aliases.includes('champion') ? null : (
          <button type="button" className="button" onClick={onPromote}>
            Promote
          </button>
        )}
      </header>
      {evaluation ? (
        <EvaluationFigures evaluation={evaluation} />
      ) : (
        <p className="none">This version came without figures that this console can read.</p>
      )}
    </li>
  )
}

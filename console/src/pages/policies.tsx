// Every receiver → what its policy does in one sentence, how it is, what it would be sent, and a button that sends it a test.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type ReceiverJson } from '../api.ts'
import { Panel } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { PreviewDialog } from './preview.tsx'

export function Policies() {
  const policies = useQuery({ queryKey: ['policies'], queryFn: ({ signal }) => api.policies(signal) })
  const receivers = useQuery({
    queryKey: ['receivers'],
    queryFn: ({ signal }) => api.receivers(signal),
    refetchInterval: 10_000,
  })
  const healthOf = (name: string) => receivers.data?.receivers.find((receiver) => receiver.name === name)
  return (
    <Panel title="Who is told" note="as tocsin.yaml says">
      <Await query={policies} what="the policies">
        {(data) =>
          data.policies.length === 0 ? (
            <Empty title="Nobody is told">
              <p>Name receivers under notify: in tocsin.yaml.</p>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
            <ul className="rows" role="list">
              {data.policies.map(({ name, kind, sentence }) => (
                <li key={name}>
                  <div className="row-what">
                    <h3>
                      {name} <span>{kind}</span>
                    </h3>
                    <p>{sentence}</p>
                    <ReceiverHealth receiver={healthOf(name)} />
                  </div>
                  {healthOf(name) ? (
                    <div className="row-actions">
                      <PreviewButton name={name} />
                      <TestButton name={name} />
                    </div>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </Panel>
  )
}

function ReceiverHealth({ receiver }: { receiver: ReceiverJson | undefined }) {
  if (!receiver) return null
  const { state, failingSince, reason, heardAt } = receiver
  if (failingSince !== null)
    return (
      <p className="row-note row-trouble">
        {state === 'well' ? 'Failing' : 'Resting'} since <Time iso={failingSince} />: {reason}
      </p>
    )
  return (
    <p className="row-note">
      {heardAt === null ? (
        'Has heard nothing since the start'
      ) : (
        <>
          Heard last <Time iso={heardAt} />
        </>
      )}
    </p>
  )
}

function PreviewButton({ name }: { name: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Preview<span className="unseen"> what {name} is sent</span>
      </button>
      {isOpen ? <PreviewDialog name={name} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

function TestButton({ name }: { name: string }) {
  const client = useQueryClient()
  const test = useMutation({
    mutationFn: () => api.testReceiver(name),
    onSuccess: () => client.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  return (
    <div>
      <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
        Send a test<span className="unseen"> to {name}</span>
      </button>
      <p className="row-note" role="status">
        {test.isSuccess ? 'On its way; Deliveries tells its fate.' : test.error?.message}
      </p>
    </div>
  )
}

// What could not be decoded, validated or scored → the list of it, each with its reason and its bytes as text.

import { useQuery } from '@tanstack/react-query'
import { api } from '../api.ts'
import { Page } from '../parts/page.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import './dead-letters.css'

export function DeadLettersPage() {
  const query = useQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ signal }) => api.deadLetters(signal),
    refetchInterval: 10_000,
  })
  return (
    <Page
      title="Dead letters"
      lead="Records that could not be scored. Nothing bad is ever scored, and nothing is thrown away."
    >
      <Await query={query} what="the dead letters">
        {({ deadLetters }) =>
          deadLetters.length === 0 ? (
            <Empty title="None">
              <p>Every record that came could be scored.</p>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers.
            <ol className="dead-letters" role="list" aria-label="Dead letters">
              {deadLetters.map((letter) => (
                <li className="panel" key={letter.id}>
                  <h2>{letter.code}</h2>
                  <p>{letter.reason}</p>
                  <pre>
                    <code>{letter.text}</code>
                  </pre>
                  <p className="quiet-word">
                    partition {letter.partition}, position {letter.position}, <Time iso={letter.storedAt} />
                  </p>
                </li>
              ))}
            </ol>
          )
        }
      </Await>
    </Page>
  )
}

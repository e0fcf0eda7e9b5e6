// Messages that were sent → a list, and beside it (on a phone: in its place) the one that is opened.

import { useQuery } from '@tanstack/react-query'
import { api, type InboxMessage } from '../api.ts'
import { GivenUp } from '../parts/given-up.tsx'
import { Page } from '../parts/page.tsx'
import { PushButton } from '../parts/push-button.tsx'
import { Await, Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { BackLink, Link } from '../router.tsx'
import './inbox.css'

export function InboxPage({ id }: { id?: string }) {
  const query = useQuery({ queryKey: ['inbox'], queryFn: ({ signal }) => api.inbox(signal), refetchInterval: 5_000 })
  return (
    <Page title="Inbox" lead="What people were sent, as they see it in their mail.">
      <GivenUp />
      <PushButton />
      <Await query={query} what="the inbox" lines={6}>
        {({ messages }) => (messages.length === 0 ? <NoMessage /> : <Mail messages={messages} id={id ?? null} />)}
      </Await>
    </Page>
  )
}

function NoMessage() {
  return (
    <Empty title="No message yet">
      <p>The first alert is the first message; each closed day sends its summary.</p>
    </Empty>
  )
}

function Mail({ messages, id }: { messages: readonly InboxMessage[]; id: string | null }) {
  // Beside the list there is room for the newest; on a phone the list stands alone until one is chosen.
  const open = id === null ? messages[0] : messages.find((message) => message.id === id)
  return (
    <div className="mail" data-open={id !== null}>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari takes the role from a list without markers. */}
      <ol className="mail-list" role="list" aria-label="Messages">
        {messages.map((message) => (
          <li key={message.id}>
            <Link
              href={`/inbox/${encodeURIComponent(message.id)}`}
              aria-current={message.id === id ? 'true' : undefined}
            >
              <b>{message.subject}</b>
              <span>
                {message.alertId === null ? 'Daily summary' : 'Alert'} · <Time iso={message.receivedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ol>
      <div className="mail-view">
        {open ? <Message message={open} /> : <Empty title="This message is not among the newest" />}
      </div>
    </div>
  )
}

function Message({ message }: { message: InboxMessage }) {
  return (
    <article aria-label={message.subject}>
      <header className="mail-head">
        <BackLink href="/inbox">Messages</BackLink>
        <h2>{message.subject}</h2>
        <p>
          <Time iso={message.receivedAt} />
          {message.alertId === null ? null : (
            <Link href={`/alerts/${encodeURIComponent(message.alertId)}`}>Open the alert</Link>
          )}
        </p>
      </header>
      {/* Nothing in a mail may run or reach the console; its links open beside it. */}
      <iframe
        className="mail-body"
        title="Message"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        srcDoc={inOwnTab(message.html)}
      />
      <details>
        <summary>Plain text</summary>
        <pre>{message.text}</pre>
      </details>
    </article>
  )
}

// Links of a mail would replace the mail inside its frame: they get a tab of their own.
function inOwnTab(html: string): string {
  const mail = new DOMParser().parseFromString(html, 'text/html')
  const base = mail.createElement('base')
  base.target = '_blank'
  mail.head.prepend(base)
  return `<!doctype html>${mail.documentElement.outerHTML}`
}

// A path → its page, inside the frame that stays: navigation, the state of the live feed, the spoken news.

import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { api } from './api.ts'
import { type Connection, useLive, useStats } from './live.tsx'
import { AlertPage } from './pages/alert.tsx'
import { AlertsPage } from './pages/alerts.tsx'
import { DayPage } from './pages/day.tsx'
import { DaysPage } from './pages/days.tsx'
import { InboxPage } from './pages/inbox.tsx'
import { ModelPage } from './pages/model.tsx'
import { ModelsPage } from './pages/models.tsx'
import { NowPage } from './pages/now.tsx'
import { Announcer } from './parts/announcer.tsx'
import { Page } from './parts/page.tsx'
import { type Place, Places } from './parts/places.tsx'
import { Empty, Loading } from './parts/states.tsx'
import { Link, matchPath, navigate, usePath } from './router.tsx'

// What is opened seldom is loaded when it is.
const NotificationsPage = lazy(async () => ({ default: (await import('./pages/notifications.tsx')).NotificationsPage }))
const QualityPage = lazy(async () => ({ default: (await import('./pages/quality.tsx')).QualityPage }))
const SetupPage = lazy(async () => ({ default: (await import('./pages/setup.tsx')).SetupPage }))
const StreamPage = lazy(async () => ({ default: (await import('./pages/stream.tsx')).StreamPage }))

const routes: readonly [pattern: string, page: (params: Record<string, string>) => ReactNode][] = [
  ['/', () => <NowPage />],
  ['/alerts', () => <AlertsPage />],
  ['/alerts/:id', ({ id = '' }) => <AlertPage key={id} id={id} />],
  ['/days', () => <DaysPage />],
  ['/days/:day', ({ day = '' }) => <DayPage key={day} day={day} />],
  ['/inbox', () => <InboxPage />],
  ['/inbox/:id', ({ id = '' }) => <InboxPage id={id} />],
  ['/models', () => <ModelsPage />],
  ['/models/:version', ({ version = '' }) => <ModelPage key={version} version={Number(version)} />],
  ['/quality', () => <QualityPage />],
  ['/setup', () => <SetupPage />],
  ['/notifications', () => <NotificationsPage />],
  ['/stream', () => <StreamPage />],
  ['/dead-letters', () => <StreamPage />],
]

const setupPlace: Place = { href: '/setup', name: 'Setup', icon: 'setup' }
const places: readonly Place[] = [
  { href: '/', name: 'Now', icon: 'now' },
  { href: '/alerts', name: 'Alerts', icon: 'alerts' },
  { href: '/days', name: 'Days', icon: 'days' },
  { href: '/inbox', name: 'Inbox', icon: 'inbox' },
  { href: '/models', name: 'Models', icon: 'models' },
  { href: '/quality', name: 'Quality', icon: 'quality' },
  { href: '/notifications', name: 'Notifications', icon: 'notifications' },
  { href: '/stream', name: 'Stream', icon: 'stream' },
]

export function App() {
  const path = usePath()
  const main = useRef<HTMLElement>(null)
  useFocusOnMove(path, main)
  const { data: stats } = useStats()
  const isNew = stats?.champion === null && stats.hasSetup
  useFirstRun(isNew, path)
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="side">
        <Link className="brand" href="/" aria-label="Tocsin, now">
          <img src="/favicon.svg" alt="" width="26" height="26" />
          Tocsin
        </Link>
        <Places places={isNew || path === setupPlace.href ? [setupPlace, ...places] : places} path={path} />
        <Pulse />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading what="the page" lines={4} />}>{pageOf(path)}</Suspense>
      </main>
      <Announcer />
    </div>
  )
}

function pageOf(path: string): ReactNode {
  for (const [pattern, page] of routes) {
    const params = matchPath(pattern, path)
    if (params) return page(params)
  }
  return (
    <Page title="No such page">
      <Empty title={`Nothing is at ${path}`}>
        <Link href="/">Go to Now</Link>
      </Empty>
    </Page>
  )
}

// A new page is read from its heading on, as it would be after a full load.
function useFocusOnMove(path: string, main: React.RefObject<HTMLElement | null>): void {
  const last = useRef(path)
  useEffect(() => {
    if (last.current === path) return
    last.current = path
    main.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [path, main])
}

// Whoever opens an empty installation is led to Setup.
function useFirstRun(isNew: boolean, path: string): void {
  const hasEvents = (useStats().data?.totals.events ?? 0) > 0
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: ({ signal }) => api.setup(signal),
    enabled: isNew && !hasEvents,
    retry: false,
  })
  const isOffered = setup.data !== undefined && setup.data.phase !== 'live'
  useEffect(() => {
    if (isNew && isOffered && path === '/') navigate('/setup', { replace: true })
  }, [isNew, isOffered, path])
}

const connectionWords: Record<Connection, string> = {
  connecting: 'Connecting',
  open: 'Live',
  lost: 'Connection lost, trying again',
}

function Pulse() {
  const connection = useLive((state) => state.connection)
  const detector = useStats().data?.detector
  return (
    <div className="pulse" data-connection={connection}>
      <span className="pulse-detector">{detector}</span>
      <span className="pulse-state" role="status">
        {connectionWords[connection]}
      </span>
    </div>
  )
}

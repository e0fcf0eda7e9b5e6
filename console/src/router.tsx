// The address bar ↔ what is shown: pages by path, links without reload, filters in the query.

import { type AnchorHTMLAttributes, type MouseEvent, type ReactNode, useCallback, useSyncExternalStore } from 'react'
import { Icon } from './parts/icon.tsx'

const moved = 'tocsin:moved'

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange)
  addEventListener(moved, onChange)
  return () => {
    removeEventListener('popstate', onChange)
    removeEventListener(moved, onChange)
  }
}

/** What a step in the browser's history remembers. */
type Step = { readonly from: string }

/** Goes to a path of the console; `replace` leaves no step to go back to. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(history.state, '', to)
  else history.pushState({ from: location.pathname } satisfies Step, '', to)
  dispatchEvent(new Event(moved))
  if (!options.replace) scrollTo(0, 0)
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

/** The query of the address, and a way to change one part of it; null or '' takes it out. */
export function useQueryParams(): [URLSearchParams, (name: string, value: string | null) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search)
  const change = useCallback((name: string, value: string | null) => {
    const next = new URLSearchParams(location.search)
    if (value) next.set(name, value)
    else next.delete(name)
    navigate(`${location.pathname}${next.size > 0 ? `?${next}` : ''}`, { replace: true })
  }, [])
  return [new URLSearchParams(search), change]
}

/**
 * The parameters of `path` where it fits `pattern`, else null.
 *
 *     matchPath('/days/:day', '/days/2026-11-22') // { day: '2026-11-22' }
 */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const found = path.replace(/(.)\/$/, '$1').split('/')
  if (wanted.length !== found.length) return null
  const params: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const value = found[i] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(value)
    else if (part !== value) return null
  }
  return params
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** An ordinary link that stays in the page; with a modifier key or another target the browser does as it always does. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    if (event.defaultPrevented || !isPlain || rest.target) return
    event.preventDefault()
    navigate(href)
  }
  return <a {...rest} href={href} onClick={follow} />
}

/** The way up to a list. Where the reader came from there, it is the way back: same filters, same place. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  const back = (event: MouseEvent<HTMLAnchorElement>) => {
    const step = history.state as Step | null
    if (step?.from !== href || event.metaKey || event.ctrlKey) return
    event.preventDefault()
    history.back()
  }
  return (
    <Link className="back" href={href} onClick={back}>
      <Icon name="back" />
      {children}
    </Link>
  )
}

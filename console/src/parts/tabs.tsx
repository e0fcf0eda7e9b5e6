// Parts of one page and the one that is shown → links between them; which one it is stands in the address.

import { Link, useQueryParams } from '../router.tsx'

type Tab = { readonly id: string; readonly name: string; readonly count?: number }

/** The first tab stands in the address by its absence. */
export function Tabs({ name, path, tabs, open }: { name: string; path: string; tabs: readonly Tab[]; open: string }) {
  return (
    <nav className="tabs" aria-label={name}>
      {tabs.map(({ id, name: title, count }, i) => (
        <Link key={id} href={i === 0 ? path : `${path}?tab=${id}`} aria-current={id === open ? 'page' : undefined}>
          {title}
          {count ? <span className="tab-count"> {count}</span> : null}
        </Link>
      ))}
    </nav>
  )
}

/** The tab that the address names; the first where it names none that there is. */
export function useTab<Id extends string>(tabs: readonly { readonly id: Id }[]): Id | undefined {
  const [params] = useQueryParams()
  return (tabs.find(({ id }) => id === params.get('tab')) ?? tabs[0])?.id
}

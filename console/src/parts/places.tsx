// The console's places → navigation: all of them at the side; on a phone four under the thumb, the others behind a fifth.

import { useEffect, useRef, useState } from 'react'
import { Link } from '../router.tsx'
import { Icon, type IconName } from './icon.tsx'

export type Place = { readonly href: string; readonly name: string; readonly icon: IconName }

/** As many as a thumb tells apart, the one that holds the others beside them. */
const underThumb = 4

export function Places({ places, path }: { places: readonly Place[]; path: string }) {
  const [isOpen, setOpen] = useState(false)
  const nav = useRef<HTMLElement>(null)
  const others = places.slice(underThumb)
  const here = others.find(({ href }) => isWithin(path, href))
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has gone somewhere has chosen.
  useEffect(() => setOpen(false), [path])
  useEffect(() => {
    if (!isOpen) return
    const leave = (event: Event) => {
      const isElsewhere = event.target instanceof Node && !nav.current?.contains(event.target)
      if (isElsewhere || (event instanceof KeyboardEvent && event.key === 'Escape')) setOpen(false)
    }
    for (const name of ['pointerdown', 'keydown', 'focusin']) document.addEventListener(name, leave)
    return () => {
      for (const name of ['pointerdown', 'keydown', 'focusin']) document.removeEventListener(name, leave)
    }
  }, [isOpen])
  return (
    <nav aria-label="Pages" ref={nav}>
      {places.slice(0, underThumb).map((place) => (
        <PlaceLink key={place.href} place={place} path={path} />
      ))}
      <button
        type="button"
        className="place place-others"
        aria-expanded={isOpen}
        aria-controls="other-places"
        data-here={here !== undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={here?.icon ?? 'more'} />
        {here?.name ?? 'More'}
      </button>
      <div className="other-places" id="other-places" data-open={isOpen}>
        {others.map((place) => (
          <PlaceLink key={place.href} place={place} path={path} />
        ))}
      </div>
    </nav>
  )
}

function PlaceLink({ place: { href, name, icon }, path }: { place: Place; path: string }) {
  return (
    <Link className="place" href={href} aria-current={isWithin(path, href) ? 'page' : undefined}>
      <Icon name={icon} />
      {name}
    </Link>
  )
}

const isWithin = (path: string, place: string): boolean =>
  path === place || (place !== '/' && path.startsWith(`${place}/`))

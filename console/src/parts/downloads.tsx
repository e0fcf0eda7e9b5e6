// Files to take along → a menu of them; the browser saves what is chosen.

import { useEffect, useRef } from 'react'
import { Icon } from './icon.tsx'
import './downloads.css'

export type DownloadFile = { readonly href: string; readonly name: string; readonly what: string }

/** `/v1/alerts` as both CSV and Parquet. */
export function tableFiles(path: string, what: string, query = ''): DownloadFile[] {
  return [
    { href: `${path}.csv${query}`, name: 'CSV', what },
    { href: `${path}.parquet${query}`, name: 'Parquet', what },
  ]
}

export function Downloads({ files }: { files: readonly DownloadFile[] }) {
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const leave = (event: Event) => {
      const isInside = event.target instanceof Node && menu.current?.contains(event.target)
      if (menu.current && (!isInside || (event instanceof KeyboardEvent && event.key === 'Escape')))
        menu.current.open = false
    }
    for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, leave)
    return () => {
      for (const name of ['pointerdown', 'keydown']) document.removeEventListener(name, leave)
    }
  }, [])
  const groups = [...Map.groupBy(files, ({ what }) => what)]
  return (
    <details className="downloads" ref={menu}>
      <summary className="button">
        <Icon name="download" />
        <span>Download</span>
      </summary>
      <ul>
        {groups.map(([what, some]) => (
          <li key={what}>
            <span>{what}</span>
            {some.map(({ href, name }) => (
              <a key={name} href={href} download="" aria-label={`${what} as ${name}`}>
                {name}
              </a>
            ))}
          </li>
        ))}
      </ul>
    </details>
  )
}

// A figure and its name → a tile of the row at the top of a page.

import type { ReactNode } from 'react'

type TileProps = {
  name: string
  value: ReactNode
  note?: ReactNode
  tone?: 'alarm'
  /** The value is words, which are set smaller than figures. */
  isWords?: boolean
  children?: ReactNode
}

export function Tiles({ children }: { children: ReactNode }) {
  return <dl className="tiles">{children}</dl>
}

export function Tile({ name, value, note, tone, isWords = false, children }: TileProps) {
  return (
    <div className="tile" data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <span className="tile-value" data-words={isWords}>
          {value}
        </span>
        {note ? <span className="tile-note">{note}</span> : null}
        {children}
      </dd>
    </div>
  )
}

/** A small line of the latest values; decoration beside a figure that says the same. */
export function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null
  const top = Math.max(1, ...values)
  const points = values.map(
    (value, i) => `${((100 * i) / (values.length - 1)).toFixed(2)},${(19 - (18 * value) / top).toFixed(2)}`,
  )
  return (
    <svg className="sparkline" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,20 ${points.join(' ')} 100,20`} />
      <polyline points={points.join(' ')} />
    </svg>
  )
}

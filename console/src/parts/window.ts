// A long list and how many rows it has → which of its chunks are drawn: those near the window, and the one that has the focus.

import { type RefObject, useLayoutEffect, useRef, useState } from 'react'

/** Rows that are drawn or left out together. */
export const chunkRows = 20
/** How far beyond the window rows are drawn, in heights of the window: a turn of the wheel shows no gap. */
const margin = 1

export type Chunk = {
  readonly from: number
  readonly to: number
  /** What stands in its place while it is not drawn, px; null: its rows do. */
  readonly gap: number | null
}

/**
 * The chunks of a list of `count` rows. Each chunk's first element (its first row, or its gap) carries `data-chunk` with the
 * chunk's number. A chunk that was never drawn is as high as the average of those that were.
 */
export function useChunks(list: RefObject<HTMLElement | null>, count: number): readonly Chunk[] {
  const chunks = Math.ceil(count / chunkRows)
  const heights = useRef(new Map<number, number>())
  const [drawn, setDrawn] = useState<ReadonlySet<number>>(new Set([0]))
  useLayoutEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      if (!list.current || chunks < 2) return
      const near = chunksNear(list.current, heights.current)
      setDrawn((held) => (near.size === held.size && [...near].every((chunk) => held.has(chunk)) ? held : near))
    }
    const soon = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    addEventListener('scroll', soon, { passive: true })
    addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', soon)
      removeEventListener('resize', soon)
    }
  }, [list, chunks])
  const known = [...heights.current.values()]
  const average = known.length === 0 ? chunkRows * 96 : known.reduce((sum, height) => sum + height, 0) / known.length
  return Array.from({ length: chunks }, (_, chunk) => ({
    from: chunk * chunkRows,
    to: Math.min(count, (chunk + 1) * chunkRows),
    gap: chunks < 2 || drawn.has(chunk) ? null : (heights.current.get(chunk) ?? average),
  }))
}

// Also remembers how high the drawn ones are, for when they are no longer.
function chunksNear(list: HTMLElement, heights: Map<number, number>): Set<number> {
  const heads = [...list.querySelectorAll<HTMLElement>('[data-chunk]')]
  const tops = heads.map((head) => head.getBoundingClientRect().top)
  const end = list.getBoundingClientRect().bottom
  const near = new Set<number>()
  for (const [i, head] of heads.entries()) {
    const chunk = Number(head.dataset.chunk)
    const [top, bottom] = [tops[i]!, tops[i + 1] ?? end]
    if (head.dataset.alertId !== undefined && i < heads.length - 1) heights.set(chunk, bottom - top)
    if (bottom > -margin * innerHeight && top < (1 + margin) * innerHeight) near.add(chunk)
  }
  const focused = document.activeElement?.closest<HTMLElement>('[aria-posinset]')
  if (focused && list.contains(focused)) near.add(Math.floor((Number(focused.ariaPosInSet) - 1) / chunkRows))
  return near
}

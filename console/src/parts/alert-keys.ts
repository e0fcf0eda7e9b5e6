// Keys → moves and answers in a list of alerts. The focused alert is the chosen one, so there is no second notion of "selected".

import { type RefObject, useEffect } from 'react'
import type { Label } from '../api.ts'
import { useGiveLabel, useSayUnsure } from '../labels.ts'
import { navigate } from '../router.tsx'

const labelOf: Readonly<Record<string, Label>> = { a: 'anomaly', n: 'normal' }

/** Whether a letter belongs to what the focus is on (typing, choosing) or is a shortcut of the page. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  return !(
    event.target instanceof Element &&
    event.target.closest('input:not([type="checkbox"]), textarea, select, dialog, [contenteditable]')
  )
}

export function useAlertKeys(list: RefObject<HTMLElement | null>, onChoose?: (id: string) => void): void {
  const give = useGiveLabel()
  const sayUnsure = useSayUnsure()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!list.current || !isShortcut(event)) return
      if (event.key === 'j') return move(list.current, 1)
      if (event.key === 'k') return move(list.current, -1)
      const id = chosen(list.current)?.dataset.alertId
      if (id === undefined) return
      const label = labelOf[event.key]
      if (label) give(id, label)
      if (event.key === 'u') sayUnsure(id)
      if (event.key === 'x') onChoose?.(id)
      if (event.key === 'o' || (event.key === 'Enter' && event.target === chosen(list.current)))
        navigate(`/alerts/${encodeURIComponent(id)}`)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [list, give, sayUnsure, onChoose])
}

function chosen(list: HTMLElement): HTMLElement | null {
  const row = document.activeElement?.closest<HTMLElement>('[data-alert-id]') ?? null
  return row && list.contains(row) ? row : null
}

function move(list: HTMLElement, step: 1 | -1): void {
  const rows = [...list.querySelectorAll<HTMLElement>('[data-alert-id]')]
  const row = chosen(list)
  const at = row ? rows.indexOf(row) : -1
  // Without a chosen row the first that is seen is next, wherever the reader has scrolled to.
  const first = Math.max(
    0,
    rows.findIndex((each) => each.getBoundingClientRect().top >= 0),
  )
  const next = rows[at === -1 ? first : Math.min(rows.length - 1, Math.max(0, at + step))]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

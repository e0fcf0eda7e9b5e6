// Alerts as they arrive → words for a screen reader, at most one sentence in a few seconds.

import { useEffect, useRef, useState } from 'react'
import type { AlertJson } from '../api.ts'
import { counted, money, score } from '../format.ts'
import { useLive } from '../live.tsx'

const pauseMs = 4_000

export function Announcer() {
  const arrived = useLive((state) => state.arrived)
  const waiting = useRef<AlertJson[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (arrived.length === 0) return
    waiting.current.push(...arrived)
    if (timer.current !== undefined) return
    const speak = () => {
      const told = waiting.current.splice(0)
      timer.current = told.length > 0 ? setTimeout(speak, pauseMs) : undefined
      if (told.length > 0) setWords(wordsFor(told))
    }
    speak()
  }, [arrived])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <p className="unseen" role="status" aria-live="polite" aria-label="New alerts">
      {words}
    </p>
  )
}

function wordsFor(alerts: readonly AlertJson[]): string {
  const [only] = alerts
  if (alerts.length !== 1 || !only) return `${counted(alerts.length, 'new alert')}.`
  const amount = only.amount === null ? '' : `, ${money(only.amount)}`
  return `New alert: ${only.entity ?? only.eventId}${amount}, score ${score(only.score)}.`
}

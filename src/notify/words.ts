// Numbers, instants and names from outside in → text that is safe and readable on one line.

const moneyFormat = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** 1204.5 → `1,204.50`; no currency, since a column has none. */
export function money(amount: number): string {
  return moneyFormat.format(amount)
}

/** A probability with as many decimals as it takes to tell it from 0 and from 1: `0.97`, `0.034`, `0.9996`. */
export function probability(value: number): string {
  const digits = value < 0.5 ? Math.ceil(-Math.log10(value)) + 1 : Math.ceil(-Math.log10(1 - value))
  return value.toFixed(Number.isFinite(digits) ? Math.min(6, Math.max(2, digits)) : 2)
}

const zones = new Map<string, Intl.DateTimeFormat>()

/** `Sun, 22 Nov 2026, 14:03:07 CET`. Throws RangeError for an unknown zone. */
export function instant(timeMs: number, timeZone: string): string {
  let format = zones.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
    })
    zones.set(timeZone, format)
  }
  return format.format(timeMs)
}

const longest = 200

/**
 * Text from outside on one line: control and invisible characters (line breaks that would forge a header, terminal
 * commands, letters that turn the direction of reading) become spaces, and what is over 200 characters is cut.
 */
export function oneLine(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  const letters = [...clean]
  return letters.length <= longest ? clean : `${letters.slice(0, longest - 1).join('')}…`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text → HTML, safe between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}

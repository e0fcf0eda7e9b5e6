// What the linter found in, lines for a person out.

import type { Style, Terminal } from './terminal.ts'

/** The part of a finding that is shown; structural, so that no room is named here. */
type Finding = {
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly rows: readonly {
    readonly row: number
    readonly id: string
    readonly isAnomaly: boolean
    readonly values: Readonly<Record<string, number | string | null>>
  }[]
}
export type Findings = {
  readonly findings: readonly Finding[]
  readonly accepted: readonly Finding[]
}

const shownRows = 6
const styles: Readonly<Record<Finding['severity'], Style>> = { error: 'red', warning: 'yellow' }

/** Every finding with its example rows, through `print`. */
export function printFindings(
  terminal: Terminal,
  { findings, accepted }: Findings,
  print: (line: string) => void,
): void {
  for (const finding of findings) {
    const { code, severity, message, rows } = finding
    print(`${terminal.style(styles[severity], severity.padEnd(8))}${code}`)
    for (const line of wrapped(message, 100)) print(`        ${line}`)
    for (const row of rows.slice(0, shownRows)) print(`          ${rowWords(row)}`)
  }
  if (accepted.length > 0) print(`accepted: ${accepted.map(({ code }) => code).join(', ')}`)
}

function rowWords({ row, id, isAnomaly, values }: Finding['rows'][number]): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${value ?? 'missing'}`)
  return [`row ${row.toLocaleString('en')}`, `id ${id}`, isAnomaly ? 'anomaly' : 'normal', ...told].join('  ')
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

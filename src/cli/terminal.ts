// Where commands print: lines, and progress that is a bar on a terminal and a plain line elsewhere.

import { Writable } from 'node:stream'
import { styleText } from 'node:util'

export type Progress = {
  /** Done so far, 0..1, with a word about it. */
  update(share: number, note?: string): void
  /** Ends the bar with a last line. */
  done(note?: string): void
}

export type Style = Parameters<typeof styleText>[0]

export class Terminal {
  readonly #out: NodeJS.WriteStream
  readonly #err: NodeJS.WriteStream
  #bar = ''

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream) {
    this.#out = out
    this.#err = err
  }

  get width(): number {
    return Math.min(this.#err.columns ?? 100, 120)
  }

  /** Results: standard output. */
  line(line = ''): void {
    this.#clearBar()
    this.#out.write(`${line}\n`)
    this.#drawBar()
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2))
  }

  /** What a person should know and a pipe should not: standard error. */
  note(line: string): void {
    this.#clearBar()
    this.#err.write(`${line}\n`)
    this.#drawBar()
  }

  /** A stream whose first `limit` lines are printed above a running bar; then `rest` is, once. */
  writable(limit = Number.POSITIVE_INFINITY, rest = ''): Writable {
    let lines = 0
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        for (const line of chunk.toString().trimEnd().split('\n'))
          if (++lines <= limit) this.line(line)
          else if (lines === limit + 1 && rest) this.line(rest)
        done()
      },
    })
  }

  /** Coloured where standard output is a terminal that wants colour. */
  style(style: Style, words: string): string {
    return styleText(style, words, { stream: this.#out })
  }

  progress(label: string): Progress {
    const startedAt = performance.now()
    const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
    const cells = 24
    return {
      update: (share, note = '') => {
        if (!this.#err.isTTY) return
        const full = Math.round(Math.min(1, Math.max(0, share)) * cells)
        this.#clearBar()
        this.#bar = `${label.padEnd(22)} ${'█'.repeat(full)}${'░'.repeat(cells - full)} ${note}`.slice(
          0,
          this.width - 1,
        )
        this.#drawBar()
      },
      done: (note = '') => {
        this.#clearBar()
        this.#bar = ''
        this.#err.write(`${label.padEnd(22)} ${seconds().padStart(7)}  ${note}\n`)
      },
    }
  }

  #clearBar(): void {
    if (this.#bar) this.#err.write('\r\u001b[2K')
  }

  #drawBar(): void {
    if (this.#bar) this.#err.write(this.#bar)
  }
}

/** Rows of cells → lines with aligned columns; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const isNumber = header.map((_, i) => rows.length > 0 && rows.every((row) => /^[\d.,%\s–-]*$/.test(row[i] ?? '')))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)]
}

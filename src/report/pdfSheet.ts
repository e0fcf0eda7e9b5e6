// Words, figures and rows in, pages of A4 out: one column, one type scale, one alarm colour, as the daily page has them.

import { dirname, join } from 'node:path'
import type PDFDocument from 'pdfkit'
import { light } from './style.ts'

type Column = { readonly title: string; readonly share: number; readonly isNumber?: boolean }
type Figure = { readonly name: string; readonly value: string; readonly isAlarming: boolean }

export type Sheet = {
  title(text: string): void
  lead(text: string): void
  text(text: string): void
  note(text: string): void
  heading(title: string, sentence: string | null): void
  figures(figures: readonly Figure[]): void
  /** Rows that do not fit go on to the next page, whole. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void
  /** Draws within a strip of the full width, `heightPt` high, that no page break cuts. */
  draw(heightPt: number, paint: (document: PDFKit.PDFDocument, box: Box) => void): void
  end(): Promise<Uint8Array>
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

type SheetOptions = {
  readonly title: string
  readonly madeAt: Date
  /** Path of the font package's package.json. */
  readonly fonts: string
}

const marginPt = 48
const gapPt = 10

export async function openSheet({ title, madeAt, fonts }: SheetOptions): Promise<Sheet> {
  const { default: Document } = (await import('pdfkit')) as { default: typeof PDFDocument }
  const info = { Title: title, Producer: 'Tocsin', Creator: 'Tocsin', CreationDate: madeAt, ModDate: madeAt }
  const document = new Document({ size: 'A4', margin: marginPt, info, lang: 'en', displayTitle: true })
  const chunks: Uint8Array[] = []
  document.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => document.on('end', resolve).on('error', reject))
  document.registerFont('text', join(dirname(fonts), 'ttf/DejaVuSans.ttf'))
  document.registerFont('bold', join(dirname(fonts), 'ttf/DejaVuSans-Bold.ttf'))

  const width = document.page.width - 2 * marginPt
  const bottom = document.page.height - marginPt
  const write = (text: string, font: 'text' | 'bold', sizePt: number, colour = light.ink, gap = 0) => {
    document.font(font).fontSize(sizePt).fillColor(colour).text(text, marginPt, document.y, { width, lineGap: 1.5 })
    document.y += gap
  }
  const line = () => {
    document
      .moveTo(marginPt, document.y)
      .lineTo(marginPt + width, document.y)
      .lineWidth(0.5)
      .strokeColor(light.line)
      .stroke()
  }
  const makeRoom = (heightPt: number) => {
    if (document.y + heightPt > bottom) document.addPage()
  }

  const row = (columns: readonly Column[], cells: readonly string[], colour: string, sizePt: number) => {
    const shares = columns.reduce((sum, { share }) => sum + share, 0)
    const widths = columns.map(({ share }) => (share / shares) * (width - gapPt * (columns.length - 1)))
    document.font('text').fontSize(sizePt)
    const height = Math.max(...cells.map((cell, i) => document.heightOfString(cell, { width: widths[i]! })))
    makeRoom(height + 9)
    const top = document.y + 4
    let x = marginPt
    cells.forEach((cell, i) => {
      const align = columns[i]!.isNumber ? 'right' : 'left'
      document.font('text').fontSize(sizePt).fillColor(colour).text(cell, x, top, { width: widths[i]!, align })
      x += widths[i]! + gapPt
    })
    document.y = top + height + 4
    line()
  }

  return {
    title: (text) => write(text, 'bold', 21, light.ink, 8),
    lead: (text) => write(text, 'text', 11.5, light.ink, 6),
    text: (text) => write(text, 'text', 9, light.ink, 8),
    note: (text) => write(text, 'text', 8, light.muted, 2),
    heading: (title, sentence) => {
      makeRoom(90)
      document.y += 16
      write(title, 'bold', 12.5)
      if (sentence !== null) write(sentence, 'text', 8, light.muted, 4)
    },
    figures: (figures) => {
      makeRoom(60)
      line()
      const top = document.y + 8
      figures.forEach(({ name, value, isAlarming }, i) => {
        const x = marginPt + (i * width) / figures.length
        const box = { width: width / figures.length - gapPt }
        document.font('text').fontSize(8).fillColor(light.muted).text(name, x, top, box)
        document
          .font('bold')
          .fontSize(19)
          .fillColor(isAlarming ? light.alarm : light.ink)
          .text(value, x, top + 12, box)
      })
      document.y = top + 42
      line()
    },
    table: (columns, rows) => {
      if (columns.some(({ title }) => title !== ''))
        row(
          columns,
          columns.map(({ title }) => title),
          light.muted,
          7.5,
        )
      for (const cells of rows) row(columns, cells, light.ink, 8.5)
      document.y += 4
    },
    draw: (heightPt, paint) => {
      makeRoom(heightPt)
      const { y } = document
      paint(document, { x: marginPt, y, width, height: heightPt })
      document.y = y + heightPt
    },
    end: async () => {
      document.end()
      await ended
      return Buffer.concat(chunks)
    },
  }
}

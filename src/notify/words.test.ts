import fc from 'fast-check'
import { expect, it } from 'vitest'
import { escapeHtml, instant, money, oneLine, probability } from './words.ts'

it('money has two decimals and thousands apart', () => {
  expect([0, 812.4, 1204.5, -3].map(money)).toEqual(['0.00', '812.40', '1,204.50', '-3.00'])
})

it('a score has as many decimals as it takes to tell it from 0 and from 1', () => {
  expect([0, 0.0312, 0.034, 0.3, 0.5, 0.97, 0.9731, 0.9996, 1].map(probability)).toEqual([
    '0.00',
    '0.031',
    '0.034',
    '0.30',
    '0.50',
    '0.97',
    '0.97',
    '0.9996',
    '1.00',
  ])
})

it('a score between 0 and 1 never reads as 0 or 1', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1 - 1e-5, noNaN: true }), (score) => {
      const read = Number(probability(score))
      expect(read).toBeGreaterThan(0)
      expect(read).toBeLessThan(1)
    }),
  )
})

it('an instant is told in the wall clock of the zone, summer and winter', () => {
  expect(instant(Date.parse('2026-11-22T13:03:07Z'), 'Europe/Berlin')).toBe('Sun, 22 Nov 2026, 14:03:07 CET')
  expect(instant(Date.parse('2026-07-01T23:00:00Z'), 'Europe/Berlin')).toBe('Thu, 2 Jul 2026, 01:00:00 CEST')
  expect(() => instant(0, 'Mars/Olympus')).toThrow(RangeError)
})

it('text from outside becomes one line without control characters, of at most 200 letters', () => {
  expect(oneLine(' a\r\nb\t\u001b[31mc\u202ed ')).toBe('a b [31mc d')
  expect([...oneLine('😀'.repeat(300))]).toHaveLength(200)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect(oneLine(oneLine(text))).toBe(oneLine(text))
    }),
  )
})

it('escaped text holds nothing that HTML would read as markup', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(escapeHtml(text).replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[&<>"']/)
    }),
  )
})

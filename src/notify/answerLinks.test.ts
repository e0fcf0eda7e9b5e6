import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleAlert } from '../../test/contract/receiver.ts'
import { createAnswerLinks } from './answerLinks.ts'

const dayMs = 86_400_000
function open(start = 1_790_000_000_000, key = 'k'.repeat(43)) {
  let time = start
  const links = createAnswerLinks({ key, baseUrl: () => 'https://tocsin.example', now: () => time })
  const pass = (ms: number) => {
    time += ms
  }
  return { ...links, pass }
}
const tokenOf = (url: string | undefined) => url!.replace('https://tocsin.example/answer/', '')

describe('a link of a message', () => {
  it('stands for one answer to one alert through one receiver', () => {
    const links = open()
    const urls = links.urls(exampleAlert, 'team')
    const claims = Object.values(urls).map((url) => links.read(tokenOf(url)))
    expect(claims.map(({ answer }) => answer)).toEqual(['anomaly', 'normal', 'unsure', 'silence'])
    expect(new Set(claims.map(({ link }) => link)).size).toBe(4)
    for (const { alertId, receiver } of claims) expect([alertId, receiver]).toEqual([exampleAlert.id, 'team'])
    const other = links.read(tokenOf(links.urls(exampleAlert, 'on-call').anomaly))
    expect(other.link).not.toBe(claims[0]!.link)
  })

  it('holds for a week at least and two at most, and is the same link at every try', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 28 * dayMs }), (offset) => {
        const links = open(1_790_000_000_000 + offset)
        const token = tokenOf(links.urls(exampleAlert, 'team').normal)
        const { link } = links.read(token)
        links.pass(7 * dayMs - 1)
        expect(links.read(token).link).toBe(link)
        expect(links.read(tokenOf(links.urls(exampleAlert, 'team').normal)).link).toBe(link)
        links.pass(7 * dayMs + 1)
        expect(() => links.read(token)).toThrow('has expired')
      }),
    )
  })

  it('that was changed in any place is refused', () => {
    const links = open()
    const token = tokenOf(links.urls(exampleAlert, 'team').normal)
    const signed = token.lastIndexOf('.') + 1
    fc.assert(
      fc.property(fc.integer({ min: 0, max: token.length - 2 }), fc.constantFrom(...'anz09-_.'), (place, letter) => {
        const changed = token.slice(0, place) + letter + token.slice(place + 1)
        fc.pre(changed !== token)
        expect(() => links.read(changed)).toThrow('not one of ours')
      }),
    )
    expect(() => links.read(token.slice(0, signed))).toThrow('not one of ours')
    expect(() => links.read('')).toThrow('not one of ours')
    expect(() => open(undefined, 'another key').read(token)).toThrow('not one of ours')
  })

  it('silences only an entity that can be named alone', () => {
    const urlsOf = (entity: string | null) => open().urls({ ...exampleAlert, entity }, 'team')
    expect(urlsOf('card-1').silence).toBeDefined()
    expect(urlsOf(null).silence).toBeUndefined()
    expect(urlsOf('card-*').silence).toBeUndefined()
  })
})

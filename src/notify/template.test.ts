import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate } from './template.ts'

const names = ['who', 'amount', 'reasons', 'url']
const values = { who: 'card <1>', amount: null, reasons: ['a', 'b'], url: 'http://h/' }
const render = (source: string) =>
  parseTemplate('notify.x.template.body', source, names)(values, (text) => text.replaceAll('<', '&lt;'))

describe('a template', () => {
  it.each([
    ['{{who}} at {{ url }}', 'card &lt;1> at http://h/'],
    ['<b>{{who}}</b>', '<b>card &lt;1></b>'],
    ['{{#if amount}}{{amount}} at risk{{else}}no money{{/if}}', 'no money'],
    ['{{#if who}}yes{{/if}}{{#if amount}}no{{/if}}', 'yes'],
    ['{{#each reasons}}[{{.}}]{{/each}}', '[a][b]'],
    ['{{#each amount}}x{{/each}}', ''],
    ['{{reasons}}', 'a, b'],
    ['Why:\n{{#each reasons}}\n- {{.}}\n{{/each}}\nend', 'Why:\n- a\n- b\nend'],
    ['{{#each reasons}}{{#if who}}{{.}}{{who}} {{/if}}{{/each}}', 'acard &lt;1> bcard &lt;1> '],
    ['no tags', 'no tags'],
  ])('%j says %j', (source, text) => {
    expect(render(source)).toBe(text)
  })

  it.each([
    ['{{whu}}', 'did you mean "who"?'],
    ['{{constructor}}', 'unknown'],
    ['{{#if who}}', 'the end was found; expected {{/if}}'],
    ['{{#if who}}{{/each}}', '{{/each}} was found; expected {{/if}}'],
    ['{{/if}}', 'closes nothing'],
    ['{{#each reasons}}{{else}}{{/each}}', '{{else}} was found; expected {{/each}}'],
    ['{{who', 'no tag'],
    ['x'.repeat(5000), 'at most 4000'],
    ['{{#if who}}'.repeat(9) + '{{/if}}'.repeat(9), 'more than 8 deep'],
  ])('%j is refused with the place and the reason', (source, reason) => {
    expect(() => render(source)).toThrow(reason)
    expect(() => render(source)).toThrow('notify.x.template.body: ')
  })

  it('lets no value become markup, whatever it holds', () => {
    const clean = (text: string) => text.replace(/[<>&{}]/g, '')
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (who, reasons) => {
        const text = parseTemplate('x', '{{who}}{{#each reasons}}{{.}}{{/each}}', names)({ who, reasons }, clean)
        expect(text).not.toMatch(/[<>&{}]/)
      }),
    )
  })
})

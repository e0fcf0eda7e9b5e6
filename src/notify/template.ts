// A message's template in, its text out: names, conditions and lists; parsed once, never evaluated as code.

import { nearestName, TocsinError } from '../core/error.ts'

/** What a template may name: a text, a list of texts, or null where there is nothing to tell. */
export type Values = Readonly<Record<string, string | readonly string[] | null>>

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'if'; readonly name: string; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | { readonly kind: 'each'; readonly name: string; readonly body: readonly Node[] }

/** Makes a value harmless; `name` is what the template calls it. */
type Escape = (text: string, name: string) => string
/** Values are escaped, the template's own text is not. */
export type Template = (values: Values, clean: Escape) => string

/** Longer is no message, characters. */
const longest = 4000

/**
 * `{{who}}` puts a value in; `{{#if amount}} … {{else}} … {{/if}}` asks whether there is one; `{{#each reasons}} … {{.}} … {{/each}}`
 * repeats. A line with nothing but a tag leaves no line behind. Throws TocsinError `TEMPLATE_INVALID` that starts with `where`.
 *
 *     parseTemplate('notify.team.template.title', '{{who}}: {{score}}', ['who', 'score'])
 */
export function parseTemplate(where: string, source: string, names: readonly string[]): Template {
  if (source.length > longest) throw invalid(where, `it has ${source.length} characters; expected at most ${longest}`)
  const nodes = new Parser(where, source, names).parse()
  return (values, clean) => renderAll(nodes, values, clean)
}

// A tag that stands alone on its line takes the line with it.
const tagPattern = /(?<=^|\n)[ \t]*\{\{([#/][^{}]*|else)\}\}[ \t]*\n|\{\{([^{}]*)\}\}/g

class Parser {
  readonly #where: string
  readonly #names: readonly string[]
  readonly #tokens: (string | { readonly tag: string })[] = []
  #next = 0
  #depth = 0

  constructor(where: string, source: string, names: readonly string[]) {
    this.#where = where
    this.#names = names
    let end = 0
    for (const match of source.matchAll(tagPattern)) {
      this.#tokens.push(source.slice(end, match.index), { tag: (match[1] ?? match[2] ?? '').trim() })
      end = match.index + match[0].length
    }
    this.#tokens.push(source.slice(end))
  }

  parse(): Node[] {
    const nodes = this.#until()
    const left = this.#tokens[this.#next]
    if (left !== undefined && typeof left !== 'string') throw invalid(this.#where, `{{${left.tag}}} closes nothing`)
    return nodes
  }

  // Stops before a closing tag or an {{else}}, which is the caller's.
  #until(): Node[] {
    const nodes: Node[] = []
    for (; this.#next < this.#tokens.length; this.#next++) {
      const token = this.#tokens[this.#next]!
      if (typeof token === 'string') {
        if (/\{\{|\}\}/.test(token))
          throw invalid(this.#where, `"${token.trim().slice(0, 40)}" has braces that are no tag`)
        if (token !== '') nodes.push({ kind: 'text', text: token })
      } else if (token.tag === 'else' || token.tag.startsWith('/')) return nodes
      else nodes.push(this.#node(token.tag))
    }
    return nodes
  }

  #node(tag: string): Node {
    const [, block, name = ''] = /^#(if|each)\s+(\S+)$/.exec(tag) ?? []
    if (block === undefined) return { kind: 'value', name: this.#known(tag) }
    this.#known(name)
    if (++this.#depth > 8) throw invalid(this.#where, 'blocks stand in each other more than 8 deep')
    this.#next++
    const body = this.#until()
    const node: Node =
      block === 'each' ? { kind: 'each', name, body } : { kind: 'if', name, body, otherwise: this.#otherwise() }
    this.#close(block)
    this.#depth--
    return node
  }

  #otherwise(): Node[] {
    const token = this.#tokens[this.#next]
    if (typeof token !== 'object' || token.tag !== 'else') return []
    this.#next++
    return this.#until()
  }

  #close(block: string): void {
    const token = this.#tokens[this.#next]
    const found = typeof token === 'object' ? `{{${token.tag}}}` : 'the end'
    if (found !== `{{/${block}}}`) throw invalid(this.#where, `${found} was found; expected {{/${block}}}`)
  }

  #known(name: string): string {
    if (name === '.' || this.#names.includes(name)) return name
    const near = nearestName(name, this.#names)
    throw invalid(
      this.#where,
      `{{${name}}} is unknown; ${near ? `did you mean "${near}"?` : `known: ${this.#names.join(', ')}`}`,
    )
  }
}

function renderAll(nodes: readonly Node[], values: Values, clean: Escape): string {
  return nodes.map((node) => render(node, values, clean)).join('')
}

function render(node: Node, values: Values, clean: Escape): string {
  if (node.kind === 'text') return node.text
  const held = values[node.name] ?? null
  const items = held === null || held === '' ? [] : typeof held === 'string' ? [held] : held
  switch (node.kind) {
    case 'value':
      return items.map((item) => clean(item, node.name)).join(', ')
    case 'if':
      return renderAll(items.length > 0 ? node.body : node.otherwise, values, clean)
    case 'each':
      return items.map((item) => renderAll(node.body, { ...values, '.': item }, clean)).join('')
  }
}

function invalid(where: string, found: string): TocsinError {
  return new TocsinError('TEMPLATE_INVALID', `${where}: ${found}. docs/notifications.md says what a template may hold`)
}

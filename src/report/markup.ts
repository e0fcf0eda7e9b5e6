// Text and numbers in, HTML out, escaped by construction: only what `html` itself made goes in unescaped.

export type Markup = { readonly markup: string }
type Part = string | number | null | Markup | readonly Markup[]

/**
 * A template tag: every value is escaped, save those that the tag made before (or a list of them). Null leaves nothing.
 * @example html`<b>${'<i>'}</b>`.markup === '<b>&lt;i&gt;</b>'
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => (i === 0 ? '' : render(parts[i - 1]!)) + text).join('') }
}

function render(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// Control characters have no meaning in HTML (and NUL is an error there): they show as the replacement character.
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (found) => entities[found]!).replace(/(?![\n\t])\p{Cc}|\p{Cs}/gu, '\u{fffd}')
}

// The schema of tocsin.yaml in, docs/configuration.md out: a section for each part of the file, a row for each option. `npm run reference`.

import { writeFileSync } from 'node:fs'
import { configJsonSchema } from '../src/config/schema.ts'

/** What is read of JSON Schema here. */
type Shape = {
  readonly type?: string | readonly string[]
  readonly description?: string | undefined
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[] | undefined
  readonly additionalProperties?: Shape | boolean
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
}

const head = `# Every option of tocsin.yaml

A file with a label is enough (\`tocsin init history.csv\` writes one); all else has a default. An option that is misspelt or out of range is
refused with its line, and with the name that was probably meant. \`init\` also writes the schema behind this page beside the file, for editors.

\`\${NAME}\` takes a value from the environment, \`\${file:path}\` from a file: secrets need not stand here. In the tables below \`[]\` is each of a
list, \`<name>\` a name of yours.
`

/** Markdown of docs/configuration.md. */
export function configurationPage(): string {
  const fields = Object.entries((configJsonSchema() as Shape).properties ?? {})
  const plain = fields.filter(([, shape]) => isLeaf(shape))
  const sections = fields.filter(([, shape]) => !isLeaf(shape))
  writtenOut.clear()
  return [
    head,
    table(plain.flatMap(([name, shape]) => rowsOf(name, shape))),
    ...sections.map(([name, shape]) => sectionOf(name, shape)),
  ].join('\n')
}

function sectionOf(name: string, shape: Shape): string {
  const { shape: each, path } = eachOf(shape, name)
  const kinds = each.oneOf ?? []
  const text = shape.description ? `${sentence(shape.description)}\n\n` : ''
  if (kinds.length === 0) return `## ${name}\n\n${text}${table(rowsOf(name, { ...shape, description: undefined }))}`
  const parts = kinds.map((kind) => {
    const { kind: called, ...properties } = kind.properties ?? {}
    const rows = rowsOf(path, { ...kind, description: undefined, properties })
    const title = `### \`${path}: {kind: ${called?.const}}\``
    return rows.length === 0 ? `${title}\n\nNothing to set.\n` : `${title}\n\n${table(rows)}`
  })
  const usual = written(shape.default ?? {})
  return `## ${name}\n\n${text}${usual === '{}' ? '' : `Default: \`${usual}\`.\n\n`}${parts.join('\n')}`
}

/** Of a record by names of the user's own: its values. */
function eachOf(shape: Shape, path: string): { shape: Shape; path: string } {
  return typeof shape.additionalProperties === 'object' && shape.properties === undefined
    ? { shape: shape.additionalProperties, path: `${path}.<name>` }
    : { shape, path }
}

/** Where `like` is given, the options below are those of that option. */
type Row = { readonly option: string; readonly shape: Shape; readonly isRequired: boolean; readonly like?: string }

/** Where a large shape was first written out. */
const writtenOut = new Map<string, string>()

/** The options below a path; what has none below it is one itself. */
function rowsOf(option: string, shape: Shape, isRequired = false): Row[] {
  const self = { option, shape, isRequired }
  const key = JSON.stringify({ ...shape, description: undefined, default: undefined })
  const like = writtenOut.get(key)
  if (like !== undefined && like !== option) return [{ ...self, like }]
  const below = belowOf(option, shape)
  if (below.length === 0) return simple(shape) ? [self] : []
  if (below.length > 1) writtenOut.set(key, option)
  const isChoice = choicesOf(shape).some(isLeaf)
  return shape.description !== undefined || isChoice ? [self, ...below] : below
}

function belowOf(option: string, shape: Shape): Row[] {
  const dot = option === '' ? '' : `${option}.`
  const required = new Set(shape.required)
  const below = Object.entries(shape.properties ?? {}).flatMap(([name, property]) =>
    rowsOf(`${dot}${name}`, property, required.has(name)),
  )
  const { additionalProperties: each, items } = shape
  if (typeof each === 'object' && !isLeaf(each)) below.push(...rowsOf(`${dot}<name>`, each))
  if (items && !isLeaf(items)) below.push(...rowsOf(`${option}[]`, { ...items, description: undefined }))
  const seen = new Set<string>()
  const branches = choicesOf(shape).filter((choice) => !isLeaf(choice))
  // Of "one, or a list of them" the one is enough.
  const choices = branches.filter((choice) => branches.length === 1 || choice.type !== 'array')
  for (const choice of choices)
    for (const row of rowsOf(option, {
      ...choice,
      description: undefined,
      required: choices.length > 1 ? [] : choice.required,
    }))
      if (!seen.has(row.option)) {
        seen.add(row.option)
        below.push(row)
      }
  return below
}

const choicesOf = (shape: Shape): readonly Shape[] => shape.anyOf ?? shape.oneOf ?? []

function isLeaf({ properties, additionalProperties: each, items, ...shape }: Shape): boolean {
  const inner = [...(typeof each === 'object' ? [each] : []), ...(items ? [items] : []), ...choicesOf(shape)]
  return properties === undefined && inner.every(isLeaf)
}

const simple = (shape: Shape): boolean => shape.type !== 'object' || typeof shape.additionalProperties === 'object'

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ option, shape, isRequired, like }) => {
    const usual = shape.default === undefined ? (isRequired ? 'must be there' : '') : `\`${written(shape.default)}\``
    return `| \`${option}\` | ${like ? `as \`${like}\`` : typeOf(shape)} | ${usual} | ${cell(shape.description ?? '')} |`
  })
  return ['| option | values | default | |', '|---|---|---|---|', ...lines, ''].join('\n')
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return `\`${written(shape.const)}\``
  if (shape.enum) return shape.enum.map((value) => `\`${written(value)}\``).join(', ')
  const choices = choicesOf(shape)
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(', or ')
  if (shape.type === 'array') return `list of ${shape.items ? typeOf(shape.items) : 'values'}`
  if (shape.type === 'object')
    return typeof shape.additionalProperties === 'object'
      ? `by name: ${typeOf(shape.additionalProperties)}`
      : 'the options below'
  if (shape.type === 'number' || shape.type === 'integer')
    return [shape.type === 'integer' ? 'whole number' : 'number', rangeOf(shape)].join('')
  if (shape.type === 'boolean') return '`true`, `false`'
  if (shape.type === 'null') return '`null`'
  return typeof shape.type === 'string' ? 'text' : 'text, number, `true` or `false`'
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Shape): string {
  const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum
  const most = [exclusiveMaximum, maximum].find((value) => value !== undefined && value < Number.MAX_SAFE_INTEGER)
  const words = [
    least === undefined || least <= Number.MIN_SAFE_INTEGER
      ? ''
      : `${exclusiveMinimum === undefined ? 'from' : 'above'} ${least}`,
    most === undefined ? '' : `${exclusiveMaximum === undefined ? 'to' : 'below'} ${most}`,
  ].filter((word) => word !== '')
  return words.length === 0 ? '' : `, ${words.join(' ')}`
}

/** As YAML has it on one line. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}: ${written(inner)}`)
      .join(', ')}}`
  return String(value)
}

const sentence = (text: string): string => (/[.!?:…]$/.test(text) ? text : `${text}.`)

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

if (import.meta.main) writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage())

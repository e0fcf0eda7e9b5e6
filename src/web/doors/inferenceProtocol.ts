// Open Inference Protocol v2 over REST: tensors in, a tensor of probabilities out; and what model there is.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { TocsinError } from '../../core/error.ts'
import type { Field } from '../../core/event.ts'
import { parseJson } from '../body.ts'
import { statusOf } from '../problem.ts'
import { shortest } from './algorithms.ts'
import { type Answer, type Ask, after, type Door, json } from './door.ts'
import { type ContainerParts, scoresOf } from './invoke.ts'
import { eventsOf, type Row } from './rows.ts'
import type { Variant, Variants } from './variants.ts'

const datatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const
const outputNames = ['predict', 'alert'] as const

const Request = z.object({
  id: z.string().optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().min(0)).min(1).max(2),
        datatype: z.enum(datatypes),
        data: z.array(z.unknown()),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.enum(outputNames) })).optional(),
})
type Tensor = z.infer<typeof Request>['inputs'][number]
type Value = string | number | boolean | null

export function inferenceProtocolDoors(
  parts: ContainerParts & { readonly model: string; readonly version: string },
): Door[] {
  const { variants, model } = parts
  const open = { method: 'GET', guard: 'open', refuse } as const
  const door = { method: 'GET', guard: 'token', refuse } as const
  const found = ({ places }: Ask) => find(places, model, variants)
  const infer = { ...door, method: 'POST' as const, answer: (ask: Ask) => answerTensors(ask, found(ask), parts) }
  const ready = { ...door, answer: (ask: Ask) => json({ name: model, ready: Boolean(found(ask)) }) }
  const metadata = { ...door, answer: (ask: Ask) => json(metadataOf(found(ask), model, variants)) }
  const server = { name: 'tocsin', version: parts.version, extensions: [] }
  return [
    { ...open, path: '/v2', summary: 'The server.', answer: () => json(server) },
    { ...open, path: '/v2/health/live', summary: 'The process answers.', answer: () => json({ live: true }) },
    {
      ...open,
      path: '/v2/health/ready',
      summary: 'There is a model.',
      answer: () => json({ ready: Boolean(variants.choose(undefined)) }),
    },
    { ...metadata, path: '/v2/models/:model', summary: 'What the model takes and gives.' },
    { ...metadata, path: '/v2/models/:model/versions/:version', summary: 'What a version takes and gives.' },
    { ...ready, path: '/v2/models/:model/ready', summary: 'Whether the model can score.' },
    { ...ready, path: '/v2/models/:model/versions/:version/ready', summary: 'Whether a version can score.' },
    { ...infer, path: '/v2/models/:model/infer', summary: 'Scores tensors.' },
    { ...infer, path: '/v2/models/:model/versions/:version/infer', summary: 'Scores tensors with one version.' },
  ]
}

function refuse(error: TocsinError): Answer {
  return json({ error: error.message }, statusOf(error.code))
}

/** The variant of a version where one is named. */
function find([name, version]: readonly string[], model: string, variants: Variants): Variant {
  if (name !== model) throw unknown(`model "${name?.slice(0, 80)}"`, `"${model}"`)
  if (version === undefined) return variants.choose(undefined)
  const found = variants.answering().find(({ scorer }) => String(scorer.modelVersion) === version)
  const known = variants.answering().map(({ scorer }) => scorer.modelVersion)
  if (!found) throw unknown(`version "${version.slice(0, 80)}"`, `one that answers now: ${known.join(', ')}`)
  return found
}

function unknown(found: string, expected: string): TocsinError {
  return new TocsinError('MODEL_UNKNOWN', `There is no ${found}; expected ${expected}.`)
}

function metadataOf({ scorer }: Variant, name: string, variants: Variants): object {
  const { schema } = scorer.artifact
  const fields = schema.fields.filter((field) => schema.features.includes(field.name))
  const isNumeric = fields.every(({ kind }) => kind === 'number')
  const tensor = (of: string, datatype: string, width: number) => ({ name: of, datatype, shape: [-1, width] })
  return {
    name,
    versions: [...new Set(variants.answering().map((variant) => String(variant.scorer.modelVersion)))],
    platform: 'tocsin',
    inputs: isNumeric
      ? [tensor('input-0', 'FP32', fields.length)]
      : fields.map((field) => tensor(field.name, datatypeOf(field), 1)),
    outputs: [tensor('predict', 'FP32', 1), tensor('alert', 'BOOL', 1)],
  }
}

function datatypeOf({ kind }: Field): string {
  return { number: 'FP64', category: 'BYTES', boolean: 'BOOL' }[kind]
}

function answerTensors(ask: Ask, variant: Variant, { variants, clock }: ContainerParts): Answer | Promise<Answer> {
  const { id, inputs, outputs } = readRequest(ask)
  const time = clock.now()
  const key = id ?? randomUUID()
  const events = eventsOf(rowsOf(inputs), variant.scorer, (i) => ({ id: `${key}-${i}`, time }))
  const wanted = outputs?.map(({ name }) => name) ?? ['predict']
  return after(scoresOf(events, variant, variants), (said) => {
    const scores = said.map(({ score }) => score)
    return json({
      model_name: ask.places[0],
      model_version: String(variant.scorer.modelVersion),
      ...(id === undefined ? {} : { id }),
      outputs: wanted.map((name) => outputOf(name, scores, variant)),
    })
  })
}

function outputOf(name: (typeof outputNames)[number], scores: readonly number[], { scorer }: Variant): object {
  const { threshold } = scorer.artifact.operatingPoint
  const shape = [scores.length, 1]
  return name === 'predict'
    ? { name, shape, datatype: 'FP32', data: scores.map((score) => Number(shortest(score))) }
    : { name, shape, datatype: 'BOOL', data: scores.map((score) => score >= threshold) }
}

function readRequest({ body }: Ask): z.infer<typeof Request> {
  const result = Request.safeParse(parseJson(body, 'JSON_MALFORMED', 'the body'))
  if (result.success) return result.data
  const found = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  throw new TocsinError(
    'TENSORS_INVALID',
    `${found.join('; ')}; expected an inference request of the Open Inference Protocol.`,
  )
}

/** One tensor of rows, or one for each column by its name. */
function rowsOf(inputs: readonly Tensor[]): Row[] {
  const [first] = inputs as [Tensor]
  const [count = 0, width = 1] = first.shape
  if (inputs.length === 1 && first.shape.length === 2) {
    const values = valuesOf(first)
    return Array.from({ length: count }, (_, row) => values.slice(row * width, (row + 1) * width).map(cellOf))
  }
  const columns = inputs.map((tensor) => [tensor.name, valuesOf(tensor)] as const)
  if (columns.some(([, values]) => values.length !== count))
    throw wrongTensor(first, `tensors of one shape [${count}] or [${count}, 1], one for each column`)
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  )
}

/** Row-major, flat or nested. */
function valuesOf(tensor: Tensor): Value[] {
  const values = tensor.data.flat().map((value) => checkedValue(value, tensor))
  const size = tensor.shape.reduce((product, side) => product * side, 1)
  if (values.length !== size) throw wrongTensor(tensor, `${size} values for its shape, not ${values.length}`)
  return values
}

function checkedValue(value: unknown, tensor: Tensor): Value {
  if (value === null) return null
  const expected = { BYTES: 'string', BOOL: 'boolean' }[tensor.datatype as string] ?? 'number'
  const isValue = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
  if (isValue && typeof value === expected) return value
  throw wrongTensor(tensor, `values of ${tensor.datatype}, not a ${Array.isArray(value) ? 'list' : typeof value}`)
}

function cellOf(value: Value): string | number | null {
  return typeof value === 'boolean' ? String(value) : value
}

function wrongTensor({ name }: Tensor, expected: string): TocsinError {
  return new TocsinError('TENSORS_INVALID', `The tensor "${name.slice(0, 80)}" is wrong; expected ${expected}.`)
}

// Vectors straight from the bytes against those of the readers that say what is wrong: the same bits, or nothing at all.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallArtifact } from '../../../test/rig/artifact.ts'
import { loadModel } from '../../model/model.ts'
import { compileStateless, createScorer } from '../../score/score.ts'
import { plainVectors } from './plainRows.ts'
import { eventsOf, readRows } from './rows.ts'

const names = ['amount', 'distance', 'age']
const fields = names.map((name, i) => ({ name, kind: 'number' as const, isNullable: i > 0 }))
const identity = { id: null, time: null, entity: null, amount: null }
const csv = 'text/csv'
const json = 'application/json'

function scorerOf(schema: Partial<typeof smallArtifact.schema> = {}) {
  const artifact = {
    ...smallArtifact,
    schema: { ...smallArtifact.schema, ...identity, fields, features: names, ...schema },
    features: names.map((name) => ({ name, kind: 'number' as const })),
  }
  const parsing = { labelInStream: 'refuse', unknownFields: 'refuse' } as const
  return createScorer({ artifact, model: loadModel(artifact), modelVersion: 1, ...parsing })
}

const scorer = scorerOf()

/** The long way round. Throws what it refuses. */
function fullVectors(type: string, body: Buffer): Float32Array {
  const rows = readRows({ type, parameters: new Map() }, body)
  const events = eventsOf(rows, scorer, () => ({ id: 'e', time: 0 }))
  const fill = compileStateless(scorer.artifact)
  const vectors = new Float32Array(events.length * names.length)
  for (const [row, event] of events.entries()) fill(event, vectors, row * names.length)
  return vectors
}

function expectSame(type: string, body: string | Uint8Array): void {
  const bytes = Buffer.from(body)
  const plain = plainVectors(type, bytes, scorer)
  if (plain) expect(plain).toEqual(fullVectors(type, bytes))
}

const float = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -3e38, max: 3e38 }), fc.integer())
const usual = fc.oneof(
  float.map(String),
  float.map((value) => value.toPrecision(7)),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value.toFixed(12)),
  fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
  fc.constantFrom('0', '-0', '1e22', '1e23', '1E-22', '9007199254740993', '0.1', '5e-324', '3.4028234663852886e38'),
)
const odd = fc.constantFrom(
  ...[
    '',
    ' ',
    'nan',
    'NaN',
    'null',
    '+1',
    '.5',
    '1.',
    '01',
    '1e',
    '1enull',
    '-null',
    '1e+',
    '--1',
    '0x10',
    '1_0',
    '1e400',
    '-1e39',
    'é',
  ],
  ...['"1"', '"', '1 2', 'Infinity', 'true', '[1]', '{}', '3.5e38', '1\t2', '\uFEFF1', '1;2', '-'],
)
const cell = fc.oneof({ arbitrary: usual, weight: 20 }, { arbitrary: odd, weight: 1 })
const rowOf = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 3, maxLength: 3 })
const anyRow = fc.oneof(
  { arbitrary: rowOf(cell), weight: 9 },
  { arbitrary: fc.array(cell, { maxLength: 5 }), weight: 1 },
)
const lineEnd = fc.constantFrom('\n', '\r\n', '\r', '\n\n')
const blank = fc.constantFrom('', '', ' ', '\n\t')

const instances = (rows: readonly (readonly string[])[], space: string) =>
  `{${space}"instances":${space}[${rows.map((row) => `{"features"${space}:[${row.join(`${space},`)}${space}]}`).join(`,${space}`)}]}${space}`

test('whatever CSV holds, its vectors are those of the full reader, or none', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 5 }), lineEnd, blank, (rows, end, space) =>
      expectSame(csv, space + rows.map((row) => row.join(',')).join(end) + end),
    ),
    { numRuns: 2000 },
  )
})

test('whatever the instances hold, their vectors are those of the full reader, or none', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 5 }), blank, (rows, space) => expectSame(json, instances(rows, space))),
    { numRuns: 2000 },
  )
})

test('a body with one byte changed is read as the full reader reads it, or not at all', () => {
  const bodies = [[csv, '1.5,-2e3,\n0,0.25,7\n'] as const, [json, instances([['1.5', '-2e3', 'null']], ' ')] as const]
  fc.assert(
    fc.property(fc.constantFrom(...bodies), fc.nat(), fc.integer({ min: 0, max: 255 }), ([type, body], at, byte) => {
      const bytes = Buffer.from(body)
      bytes[at % bytes.length] = byte
      expectSame(type, bytes)
    }),
    { numRuns: 2000 },
  )
})

test('rows of plain numbers never need the full reader', () => {
  fc.assert(
    fc.property(fc.array(rowOf(float.map(String)), { minLength: 1, maxLength: 20 }), (rows) => {
      const width = rows.length * names.length
      expect(plainVectors(csv, Buffer.from(rows.map(String).join('\n')), scorer)).toHaveLength(width)
      expect(plainVectors(json, Buffer.from(instances(rows, '')), scorer)).toHaveLength(width)
    }),
  )
})

test('a missing value is missing where the history had missing ones, and left to the full reader where it had none', () => {
  expect(plainVectors(csv, Buffer.from('1,,nan'), scorer)).toEqual(new Float32Array([1, Number.NaN, Number.NaN]))
  expect(plainVectors(csv, Buffer.from(',1,1'), scorer)).toBeUndefined()
})

test.each([
  ['text', { fields: [...fields.slice(0, 2), { name: 'age', kind: 'category' as const, isNullable: true }] }],
  ['columns in another order than the features', { fields: fields.toReversed() }],
  ['an entity among them', { entity: 'age' }],
])('a model whose rows hold %s is left to the full reader', (_, schema) => {
  expect(plainVectors(csv, Buffer.from('1,2,3'), scorerOf(schema))).toBeUndefined()
})

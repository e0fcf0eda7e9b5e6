import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadFixture } from '../../../test/oracle/fixture.ts'
import { TocsinError } from '../../core/error.ts'
import { convertModel } from './convert.ts'
import { importModel } from './importModel.ts'
import { parseModelJson } from './json.ts'
import { parseUbjson } from './ubjson.ts'

// One split: x < 1.5 in float32 goes to −1, the rest and missing to 2. Base score 0.5 is margin 0.
const tree = {
  tree_param: { num_nodes: '3', size_leaf_vector: '0' },
  left_children: [1, -1, -1],
  right_children: [2, -1, -1],
  split_indices: [0, 0, 0],
  split_conditions: [1.5, -1, 2],
  default_left: [0, 0, 0],
  sum_hessian: [3, 1, 2],
  split_type: [0, 0, 0],
}

function xgboostJson({
  objective = 'binary:logistic',
  booster = {},
  learner = {},
  trees = [tree] as unknown[],
  param = {},
} = {}) {
  return {
    version: [1, 7, 6],
    learner: {
      attributes: {},
      feature_names: [],
      gradient_booster: {
        name: 'gbtree',
        model: { gbtree_model_param: { num_parallel_tree: '1' }, tree_info: trees.map(() => 0), trees },
        ...booster,
      },
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: '2', num_target: '1', ...param },
      objective: { name: objective },
      ...learner,
    },
  }
}

const lightgbmText = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=amount hour
feature_infos=[0:1] [0:1]
tree_sizes=100

Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=inf
decision_type=2
left_child=-1
right_child=-2
leaf_value=-0.5 0.25
leaf_weight=1 1
leaf_count=1 2
internal_value=0
internal_weight=0
internal_count=3
is_linear=0
shrinkage=1


end of trees
`

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

function codeOf(bytes: Uint8Array): string {
  try {
    importModel(bytes)
  } catch (error) {
    if (error instanceof TocsinError) return error.code
    throw error
  }
  return 'no error'
}

function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(bytes.length.toString(8).padStart(11, '0'), 124)
    header.write('0ustar', 156)
    header.write('ustar', 257)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** What XGBoost writes for such values: typed arrays for numbers, no counts on objects. */
function ubjson(value: unknown): Buffer {
  const long = (n: number) => {
    const bytes = Buffer.alloc(9, 'L')
    bytes.writeBigInt64BE(BigInt(n), 1)
    return bytes
  }
  if (typeof value === 'string')
    return Buffer.concat([Buffer.from('S'), long(Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number')) {
    const items = Buffer.alloc(value.length * 8)
    value.forEach((item, i) => {
      items.writeDoubleBE(item, i * 8)
    })
    return Buffer.concat([Buffer.from('[$D#'), long(value.length), items])
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('[#'), long(value.length), ...value.map(ubjson)])
  const entries = Object.entries(value as object).flatMap(([key, item]) => [
    long(key.length),
    Buffer.from(key),
    ubjson(item),
  ])
  return Buffer.concat([Buffer.from('{'), ...entries, Buffer.from('}')])
}

describe('what is in the file is recognised, not its name', () => {
  const model = encode(xgboostJson())
  test.each([
    ['XGBoost JSON', model],
    ['XGBoost UBJSON', ubjson(xgboostJson())],
    ['gzip of a model', gzipSync(model)],
    [
      'model.tar.gz with other files in it',
      gzipSync(tar({ 'code/inference.py': encode('import os'), 'xgboost-model': model })),
    ],
  ])('%s', (_, bytes) => {
    const imported = importModel(bytes)
    expect(imported.features).toEqual(['f0', 'f1'])
    const rows = Float64Array.of(1.4999999, 0, 1.5, 0, Number.NaN, 0)
    expect([0, 2, 4].map((at) => imported.margins(rows, at)[0])).toEqual([-1, 2, 2])
    expect(imported.scores(rows, 2)[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
  })

  test('LightGBM text, with infinite thresholds and names', () => {
    const imported = importModel(encode(lightgbmText))
    expect(imported.features).toEqual(['amount', 'hour'])
    expect(imported.margins(Float64Array.of(Infinity, 0))).toEqual(Float64Array.of(-0.5))
  })

  test('a value between two float32 numbers is compared as the nearer one', () => {
    const { margins } = importModel(encode(xgboostJson()))
    expect(margins(Float64Array.of(1.5 - 1e-12, 0))).toEqual(Float64Array.of(2))
  })

  test('a bare NaN is read where JSON has none, and left alone inside a name', () => {
    expect(parseModelJson('{"a":[NaN,-Infinity,Infinity],"b \\" NaN":"NaN"}')).toEqual({
      a: [null, -Infinity, Infinity],
      'b " NaN': 'NaN',
    })
  })

  test('rounds after the best one count only where all are asked for', () => {
    const bytes = encode(xgboostJson({ trees: [tree, tree, tree], learner: { attributes: { best_iteration: '1' } } }))
    const row = Float64Array.of(2, 0)
    expect(importModel(bytes).margins(row)).toEqual(Float64Array.of(4))
    expect(importModel(bytes, { rounds: 'all' }).margins(row)).toEqual(Float64Array.of(6))
  })
})

// A graph of one node, in the wire format of protocol buffers.
function onnxOf(operator: string): Uint8Array {
  const piece = (field: number, bytes: Uint8Array) => Buffer.concat([Buffer.of(field * 8 + 2, bytes.length), bytes])
  return Buffer.concat([Buffer.of(0x08, 8), piece(7, piece(1, piece(4, encode(operator))))])
}

describe('what is not read here is refused', () => {
  const lightgbm = (from: string | RegExp, to: string) => encode(lightgbmText.replace(from, to))
  test.each<[string, string, Uint8Array]>([
    ['nothing', 'MODEL_IMPORT_UNKNOWN', new Uint8Array()],
    ['a picture', 'MODEL_IMPORT_UNKNOWN', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)],
    ['an archive without a model', 'MODEL_IMPORT_UNKNOWN', tar({ readme: encode('hello') })],
    [
      'an archive with two models',
      'MODEL_IMPORT_UNSUPPORTED',
      tar({ a: encode(lightgbmText), b: encode(lightgbmText) }),
    ],
    ['an archive that is cut', 'MODEL_IMPORT_TRUNCATED', tar({ a: encode(lightgbmText) }).subarray(0, 700)],
    ['gzip that is cut', 'MODEL_IMPORT_TRUNCATED', gzipSync(encode(lightgbmText)).subarray(0, 200)],
    ['gzip that is damaged', 'MODEL_IMPORT_CORRUPT', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 255, 255)],
    ['a pickle of something else', 'MODEL_IMPORT_UNSUPPORTED', Uint8Array.of(0x80, 4, 0x95, 0, 0)],
    ['an unknown objective', 'MODEL_IMPORT_UNSUPPORTED', encode(xgboostJson({ objective: 'rank:pairwise' }))],
    ['an objective called like a method', 'MODEL_IMPORT_UNSUPPORTED', encode(xgboostJson({ objective: 'toString' }))],
    ['an ONNX operator that is no ensemble', 'MODEL_IMPORT_UNSUPPORTED', onnxOf('Mul')],
    ['an ONNX ensemble without nodes', 'MODEL_IMPORT_CORRUPT', onnxOf('TreeEnsembleRegressor')],
    ['an ONNX file that is cut', 'MODEL_IMPORT_TRUNCATED', onnxOf('Mul').subarray(0, 8)],
    ['a linear booster', 'MODEL_IMPORT_UNSUPPORTED', encode(xgboostJson({ booster: { name: 'gblinear' } }))],
    [
      'vector leaves',
      'MODEL_IMPORT_UNSUPPORTED',
      encode(xgboostJson({ trees: [{ ...tree, tree_param: { size_leaf_vector: '3' } }] })),
    ],
    ['JSON of something else', 'MODEL_IMPORT_CORRUPT', encode({ a: 1 })],
    ['JSON that is cut', 'MODEL_IMPORT_CORRUPT', encode(xgboostJson()).subarray(0, 300)],
    ['UBJSON that is cut', 'MODEL_IMPORT_TRUNCATED', ubjson(xgboostJson()).subarray(0, 400)],
    [
      'a cycle of nodes',
      'MODEL_IMPORT_CORRUPT',
      encode(xgboostJson({ trees: [{ ...tree, left_children: [0, -1, -1], right_children: [1, -1, -1] }] })),
    ],
    [
      'a child beyond the tree',
      'MODEL_IMPORT_CORRUPT',
      encode(xgboostJson({ trees: [{ ...tree, left_children: [2, -1, -1], right_children: [3, -1, -1] }] })),
    ],
    ['a feature that is not there', 'MODEL_IMPORT_CORRUPT', encode(xgboostJson({ param: { num_feature: '0' } }))],
    [
      'thousands of millions of features',
      'MODEL_IMPORT_CORRUPT',
      encode(xgboostJson({ param: { num_feature: '4000000000' } })),
    ],
    ['millions of classes', 'MODEL_IMPORT_CORRUPT', encode(xgboostJson({ param: { num_class: '999999999' } }))],
    ['a base score that is no number', 'MODEL_IMPORT_CORRUPT', encode(xgboostJson({ param: { base_score: '[a]' } }))],
    [
      'a best round beyond the last',
      'MODEL_IMPORT_CORRUPT',
      encode(xgboostJson({ learner: { attributes: { best_iteration: '7' } } })),
    ],
    [
      'a split by category without its set',
      'MODEL_IMPORT_CORRUPT',
      encode(xgboostJson({ trees: [{ ...tree, split_type: [1, 0, 0] }] })),
    ],
    ['a LightGBM file that is cut', 'MODEL_IMPORT_TRUNCATED', encode(lightgbmText.slice(0, 400))],
    [
      'a LightGBM objective of another kind',
      'MODEL_IMPORT_UNSUPPORTED',
      lightgbm('objective=binary', 'objective=lambdarank'),
    ],
    ['a LightGBM version to come', 'MODEL_IMPORT_UNSUPPORTED', lightgbm('version=v4', 'version=v9')],
    ['a word where a number should be', 'MODEL_IMPORT_CORRUPT', lightgbm('threshold=inf', 'threshold=high')],
    ['a leaf too few', 'MODEL_IMPORT_CORRUPT', lightgbm('leaf_value=-0.5 0.25', 'leaf_value=-0.5')],
    ['a split by category without sets', 'MODEL_IMPORT_CORRUPT', lightgbm('decision_type=2', 'decision_type=1')],
    ['a missing type that does not exist', 'MODEL_IMPORT_CORRUPT', lightgbm('decision_type=2', 'decision_type=12')],
  ])('%s: %s', (_, code, bytes) => expect(codeOf(bytes)).toBe(code))

  test('the error names the file and says what was expected', () => {
    expect(() => importModel(encode('hello'), { name: 'old.model' })).toThrow(
      /^old\.model: The file begins with "hello"; expected/,
    )
  })
})

describe('hostile files end in an error, not in a crash or in all of memory', () => {
  const huge = Buffer.alloc(9, 'L')
  huge.writeBigInt64BE(2n ** 62n, 1)
  test.each([
    ['an array that claims 2^62 items', Buffer.concat([Buffer.from('[#'), huge])],
    ['a typed array that claims 2^62 items', Buffer.concat([Buffer.from('[$d#'), huge])],
    ['a typed array of nothings', Buffer.concat([Buffer.from('[$Z#'), huge])],
    ['a text that claims 2^62 letters', Buffer.concat([Buffer.from('S'), huge])],
    ['a million brackets', Buffer.alloc(1_000_000, '[')],
  ])('UBJSON: %s', (_, bytes) => expect(() => parseUbjson(bytes)).toThrow(TocsinError))

  test('a million brackets of JSON', () => {
    expect(codeOf(encode(`{"learner":${'['.repeat(1_000_000)}`))).toBe('MODEL_IMPORT_CORRUPT')
  })

  test('layer upon layer of gzip', () => {
    let bytes: Uint8Array = encode(lightgbmText)
    for (let i = 0; i < 10; i++) bytes = gzipSync(bytes)
    expect(codeOf(bytes)).toBe('MODEL_IMPORT_UNSUPPORTED')
  })

  const samples = {
    json: encode(xgboostJson({ trees: [tree, tree] })),
    ubjson: ubjson(xgboostJson()),
    lightgbm: encode(lightgbmText),
    binary: loadFixture('xgboost-1.7.6-squared-binary').model,
    pickle: loadFixture('xgboost-3.2.0-logistic-pickle').model,
    onnx: loadFixture('onnx-boosted').model,
  }
  test.each(Object.entries(samples))(
    '%s with bytes changed or cut: a model that walks, or an error of ours',
    (_, sample) => {
      const edits = fc.array(fc.record({ at: fc.nat(sample.length - 1), byte: fc.nat(255) }), { maxLength: 4 })
      fc.assert(
        fc.property(edits, fc.integer({ min: 1, max: sample.length }), fc.boolean(), (changes, length, cut) => {
          const bytes = Uint8Array.from(cut ? sample.subarray(0, length) : sample)
          for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
          expect(margin(bytes)).toSatisfy((end) => typeof end === 'number' || end instanceof TocsinError)
        }),
        { numRuns: sample.length > 5000 ? 300 : 2000 },
      )
    },
  )

  test('bytes of any kind behind the start of each format', () => {
    const starts = ['{L', '{"', 'binf', '\x08\x08', 'tree\n', '\x1f\x8b', '\x80\x04', '[', ''].map((text) =>
      Buffer.from(text, 'latin1'),
    )
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 600 }), (start, rest) => {
        expect(margin(Buffer.concat([start, rest]))).toBeInstanceOf(TocsinError)
      }),
      { numRuns: 1000 },
    )
  })
})

// Sum of the margins, or the error of ours; any other error is the test's failure. What is converted can be stored.
function margin(bytes: Uint8Array): number | TocsinError {
  try {
    const imported = importModel(bytes)
    if (imported.groups === 1) {
      const { trees } = convertModel(imported)
      expect(JSON.parse(JSON.stringify(trees))).toEqual(trees)
    }
    return imported.margins(new Float64Array(imported.features.length)).reduce((sum, value) => sum + value, 0)
  } catch (error) {
    if (error instanceof TocsinError) return error
    throw error
  }
}

// Models of XGBoost, LightGBM and ONNX Runtime against those libraries' own predictions, recorded by the make_*.py beside this.

import { describe, expect, test } from 'vitest'
import { compilePredictor } from '../../src/model/compile.ts'
import { createPlainExplainer } from '../../src/model/contributions.ts'
import { exportXgboostJson } from '../../src/model/export/xgboost.ts'
import { convertModel, type Dictionaries, splitByCategory } from '../../src/model/import/convert.ts'
import { importModel } from '../../src/model/import/importModel.ts'
import { createPlainPredictor } from '../../src/model/predictor.ts'
import { fixtureNames, loadFixture } from './fixture.ts'
import { createLeaves } from './leaves.ts'

// Math.exp and the C library's exp differ in the last bit; nothing else may.
const allowedUlps = 2

describe.each(['xgboost', 'lightgbm', 'onnx'])('%s', (library) => {
  const names = fixtureNames(library)

  test('oracles are recorded', () => expect(names.length).toBeGreaterThan(4))

  test.each(names)('%s: every margin is the same bits, every score within 2 ulp', (name) => {
    const { model, rows, columns, groups, margins, scores } = loadFixture(name)
    const imported = importModel(model)
    expect(imported.features).toHaveLength(columns)
    expect(imported.groups).toBe(groups)
    const ulp = library === 'lightgbm' ? ulps64 : ulps32
    const wrong: string[] = []
    for (let row = 0; row < rows.length / columns; row++) {
      const ours = imported.margins(rows, row * columns)
      const predicted = imported.scores(rows, row * columns)
      for (let group = 0; group < groups; group++) {
        const at = row * groups + group
        if (!Object.is(ours[group], margins[at])) wrong.push(`margin ${at}: ${ours[group]}, recorded ${margins[at]}`)
        if (ulp(predicted[group]!, scores[at]!) > allowedUlps)
          wrong.push(`score ${at}: ${predicted[group]}, recorded ${scores[at]}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('converted to trees of our own', () => {
  // The libraries sum contributions in float32 (XGBoost) or divide covers in another order.
  const explained = [...fixtureNames('xgboost'), ...fixtureNames('lightgbm')].filter(
    (name) => loadFixture(name).contributions,
  )

  test.each(explained)('%s: contributions are those of the library', (name) => {
    const { model, rows, columns, contributions } = loadFixture(name)
    const imported = importModel(model)
    const { trees, features } = convertModel(imported)
    const explain = createPlainExplainer(trees, features)
    const leaves = createLeaves(trees, features)
    const vectors = Float32Array.from(rows)
    let worst = 0
    for (let row = 0; row < rows.length / columns; row++) {
      const margin = leaves(vectors, row * columns).reduce((sum, leaf) => sum + leaf, trees.baseMargin)
      expect(margin).toBeCloseTo(imported.margins(rows, row * columns)[0]!, 5)
      explain(vectors, row * columns).forEach((part, i) => {
        worst = Math.max(worst, Math.abs(part - contributions![row * (columns + 1) + i]!))
      })
    }
    expect(worst).toBeLessThan(imported.ensemble.kind === 'xgboost' ? 2e-5 : 1e-9)
  })
})

describe('served as a version', () => {
  const notServed = /classes|one-against-all|linear|missing-zero/
  const all = ['xgboost', 'lightgbm', 'onnx'].flatMap(fixtureNames)

  test.each(all.filter((name) => !notServed.test(name)))(
    '%s: compiled and plain, one by one and many at once, margins are the same bits',
    (name) => {
      const { model, rows, columns, margins, groups } = loadFixture(name)
      const imported = importModel(model)
      const codes = splitByCategory(imported)
      const dictionaries = imported.features.map((_, place) => (codes.has(place) ? texts : null))
      const { trees, features } = convertModel(imported, dictionaries)
      const vectors = served(rows, columns, dictionaries)
      const count = vectors.length / columns
      const group = imported.ensemble.kind === 'onnx' ? imported.ensemble.model.anomalyGroup : 0
      const expected = Array.from({ length: count }, (_, row) => {
        const at = row * columns
        const own = Float64Array.from(vectors.subarray(at, at + columns))
        const isRecorded = own.every((cell, i) => Object.is(cell, rows[at + i]))
        return isRecorded ? margins[row * groups + group]! : imported.margins(own)[group]!
      })
      for (const { margin, margins: many } of [
        compilePredictor(trees, features)!,
        createPlainPredictor(trees, features),
      ]) {
        const out = new Float64Array(count)
        many(vectors, count, out)
        expect(bitsOf(out)).toEqual(bitsOf(expected))
        expect(bitsOf(Array.from(out, (_, row) => margin(vectors, row * columns)))).toEqual(bitsOf(expected))
      }
    },
  )

  test.each(all.filter((name) => notServed.test(name)))('%s is refused with what is wrong', (name) => {
    expect(() => convertModel(importModel(loadFixture(name).model))).toThrow(
      /The model has (\d outputs|linear leaves|zeros that count as missing)/,
    )
  })

  test.each(all.filter((name) => name.startsWith('xgboost') && !notServed.test(name)))(
    '%s: exported again, XGBoost’s margins are the same bits',
    (name) => {
      const { model, rows, columns } = loadFixture(name)
      const imported = importModel(model)
      const codes = splitByCategory(imported)
      const dictionaries = imported.features.map((_, place) => (codes.has(place) ? texts : null))
      const again = importModel(Buffer.from(exportXgboostJson(convertModel(imported, dictionaries))))
      const cells = Float64Array.from(served(rows, columns, dictionaries))
      for (let row = 0; row < cells.length / columns; row++)
        expect(bitsOf(again.margins(cells, row * columns))).toEqual(bitsOf(imported.margins(cells, row * columns)))
    },
  )

  // A text for each code that the fixtures' categories have.
  const texts = Array.from({ length: 12 }, (_, code) => `category ${code}`)

  /** As vectors hold the rows: float32, finite, and no category but those of the dictionary. */
  function served(rows: Float64Array, columns: number, dictionaries: Dictionaries): Float32Array {
    return Float32Array.from(rows, (cell, at) => {
      const codes = dictionaries[at % columns]?.length
      const isServed =
        codes === undefined ? Number.isFinite(Math.fround(cell)) : Number.isInteger(cell) && cell >= 0 && cell < codes
      return isServed ? cell : Number.NaN
    })
  }
})

// As text of bits: toEqual would take −0 and 0 as it likes.
function bitsOf(values: ArrayLike<number>): string[] {
  return Array.from(new BigInt64Array(Float64Array.from(values).buffer), String)
}

function ulps32(a: number, b: number): number {
  const bits = new Int32Array(Float32Array.of(a, b).buffer)
  return Math.abs(bits[0]! - bits[1]!)
}

function ulps64(a: number, b: number): number {
  const bits = new BigInt64Array(Float64Array.of(a, b).buffer)
  return Math.abs(Number(bits[0]! - bits[1]!))
}

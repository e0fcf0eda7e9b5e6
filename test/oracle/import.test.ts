// Models of XGBoost, LightGBM and ONNX Runtime against those libraries' own predictions, recorded by the make_*.py beside this.

import { describe, expect, test } from 'vitest'
import { createPlainExplainer } from '../../src/model/contributions.ts'
import { convertModel } from '../../src/model/import/convert.ts'
import { importModel } from '../../src/model/import/importModel.ts'
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

function ulps32(a: number, b: number): number {
  const bits = new Int32Array(Float32Array.of(a, b).buffer)
  return Math.abs(bits[0]! - bits[1]!)
}

function ulps64(a: number, b: number): number {
  const bits = new BigInt64Array(Float64Array.of(a, b).buffer)
  return Math.abs(Number(bits[0]! - bits[1]!))
}

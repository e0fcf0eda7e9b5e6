// Trees of ours, exported, against what XGBoost itself makes of the file; recorded by make_exported.py.

import { describe, expect, test } from 'vitest'
import { createPlainExplainer } from '../../src/model/contributions.ts'
import { importModel } from '../../src/model/import/importModel.ts'
import { exportedExample } from './exported.ts'
import { fixtureNames, loadFixture } from './fixture.ts'
import { createLeaves } from './leaves.ts'

const { features, trees, xgboostJson, rows } = exportedExample(11)
const leavesOf = createLeaves(trees, features)

describe.each(fixtureNames('exported'))('%s', (name) => {
  const recorded = loadFixture(name)

  test('the export writes the bytes that XGBoost was given', () => {
    expect(new TextDecoder().decode(recorded.model)).toBe(xgboostJson)
  })

  test('every margin of XGBoost is our leaves, summed in float32, to the bit', () => {
    expect(Float64Array.from(rows, (row) => float32Sum(row))).toEqual(recorded.margins)
  })

  test('the exported file, imported, gives the margins of XGBoost', () => {
    const imported = importModel(recorded.model)
    const margins = rows.map((_, row) => imported.margins(recorded.rows, row * recorded.columns)[0])
    expect(margins).toEqual([...recorded.margins])
  })

  test('contributions in XGBoost are ours', () => {
    const explain = createPlainExplainer(trees, features)
    const parts = rows.flatMap((row) => [...explain(row)])
    // XGBoost sums them in float32.
    const worst = Math.max(...parts.map((part, i) => Math.abs(part - recorded.contributions![i]!)))
    expect(worst).toBeLessThan(2e-5)
  })
})

function float32Sum(vector: Float32Array): number {
  return leavesOf(vector).reduce((sum, leaf) => Math.fround(sum + Math.fround(leaf)), Math.fround(trees.baseMargin))
}

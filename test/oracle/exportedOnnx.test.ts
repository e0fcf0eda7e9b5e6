// Trees of ours as ONNX, against what ONNX Runtime makes of the file: its recorded answers, and its own where Python has it.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createCalibrator } from '../../src/model/calibration.ts'
import { importModel } from '../../src/model/import/importModel.ts'
import { calibration, onnxExample } from './exportedOnnx.ts'
import { createLeaves } from './leaves.ts'

type Answers = { readonly library: string; readonly margins: number[]; readonly scores: number[] }

const python = fileURLToPath(new URL('../../bench/.rivals/bin/python', import.meta.url))
const program = fileURLToPath(new URL('ask_onnx.py', import.meta.url))
const { features, trees, rows, onnx } = onnxExample(11)
const leavesOf = createLeaves(trees, features)
const recorded: Answers = JSON.parse(readFileSync(new URL('exported-onnx.json', import.meta.url), 'utf8'))
const isAtHand = existsSync(python)

describe.each(isAtHand ? [recorded, ask(onnx, rows)] : [recorded])('$library', ({ margins, scores }) => {
  test('every margin is our leaves, summed in float32, to the bit', () => {
    expect(rows.map(float32Sum)).toEqual(margins)
  })

  test('every score is our calibrated one, within float32', () => {
    const calibrate = createCalibrator(calibration)
    const worst = Math.max(...margins.map((margin, row) => Math.abs(calibrate(margin) / scores[row]! - 1)))
    expect(worst).toBeLessThan(1e-5)
  })

  test('the rows fall between, on and beyond the knots', () => {
    const beyond = margins.filter((margin) => margin > calibration.margins.at(-1)! || margin < calibration.margins[0]!)
    expect(beyond.length).toBeGreaterThan(0)
    expect(beyond.length).toBeLessThan(rows.length)
  })
})

test('the export is not imported as if its calibration were not there', () => {
  expect(() => importModel(onnx)).toThrow('operator "Max"')
})

function float32Sum(vector: Float32Array): number {
  const sum = leavesOf(vector).reduce((total, leaf) => Math.fround(total + Math.fround(leaf)), 0)
  return Math.fround(sum + Math.fround(trees.baseMargin))
}

function ask(model: Uint8Array, vectors: readonly Float32Array[]): Answers {
  const input = JSON.stringify({
    model: Buffer.from(model).toString('base64'),
    rows: vectors.map((vector) => [...vector]),
  })
  return JSON.parse(execFileSync(python, [program], { input, encoding: 'utf8' }))
}

// A seed in, random trees of ours as ONNX and rows beside their thresholds out; run as a program, prints them for ask_onnx.py.

import { exportOnnx } from '../../src/model/export/onnx.ts'
import { exportedExample } from './exported.ts'

/** Knots over the margins of the example, some on each side of what occurs. */
export const calibration = { margins: [-6, -2, -1.5, 0, 1, 1.25, 5], scores: [1e-6, 0.004, 0.03, 0.1, 0.4, 0.7, 0.95] }

export function onnxExample(seed: number) {
  const { features, trees, rows } = exportedExample(seed)
  return { features, trees, rows, onnx: exportOnnx({ trees, features, calibration }) }
}

if (import.meta.main) {
  const { onnx, rows } = onnxExample(11)
  // JSON has no NaN: a missing cell is null.
  console.log(JSON.stringify({ model: Buffer.from(onnx).toString('base64'), rows: rows.map((row) => [...row]) }))
}

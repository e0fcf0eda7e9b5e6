// A number of rows and columns in (generated, or from the rivals' folder); one training in a process of its own, its figures as JSON out.
//
// node bench/once.ts --rows 5000000 --width 40 [--folder DIR] [--trees 100]
//
// A process of its own, since the peak of memory is a process's. It is read when training ends, before the test rows are scored.

import { existsSync, readFileSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { averagePrecision } from '../src/train/metrics.ts'
import { cardLike, type Matrix } from './cardlike.ts'
import { hundredTrees, rowsOf, testVectors, trainOurs } from './subject.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    width: { type: 'string', default: '40' },
    folder: { type: 'string' },
    trees: { type: 'string', default: '100' },
  },
})
const rows = Number(values.rows)
const width = Number(values.width)

// Straight into the columns: a copy would count as memory of the training.
async function readMatrix(folder: string): Promise<Matrix> {
  const columns = Array.from({ length: width }, () => new Float32Array(rows))
  const file = await open(join(folder, 'columns'))
  for (const column of columns) {
    const { bytesRead } = await file.read(new Uint8Array(column.buffer))
    if (bytesRead !== column.byteLength) throw new Error(`${folder}: a column of ${bytesRead} bytes`)
  }
  await file.close()
  const labels = new Uint8Array(await readFile(join(folder, 'labels')))
  const times = Float64Array.from({ length: rows }, (_, row) => (row * 172_800_000) / rows)
  return { names: columns.map((_, i) => `x${i}`), columns, labels, times }
}

// What getrusage says begins with the peak of the process that started this one, which holds a matrix of its own.
function peakOfThisProgram(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
  return (peak === undefined ? process.resourceUsage().maxRSS : Number(peak)) * 1024
}

const matrix = values.folder ? await readMatrix(values.folder) : cardLike(rows, width, 7)
const { model, artifact: _, ...figures } = await trainOurs(matrix, { ...hundredTrees, trees: Number(values.trees) })
const peakBytes = peakOfThisProgram()
const { testStart } = rowsOf(rows)
const scores = new Float64Array(rows - testStart)
model.scoreMany(testVectors(matrix), scores.length, scores)
const labels = matrix.labels.subarray(testStart)
const ranking = averagePrecision({ labels, weights: new Float64Array(labels.length).fill(1), scores })
console.log(JSON.stringify({ ...figures, peakBytes, ranking }))

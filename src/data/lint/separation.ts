// One column in, how well it alone tells anomalies from normal rows out: in any direction, by category, by being missing.
//
// Values go into bins whose edges are quantiles of both classes. Half of the rows say how anomalous a bin is, the other half
// are ranked by it: a column of many values can't look good by having been learned by heart.

import type { Column } from '../../core/column.ts'

/** Rows by class, each an even draw; a normal row stands for `step` of them. */
export type Sample = { readonly anomalies: Int32Array; readonly normals: Int32Array; readonly step: number }

const mostOfClass = 100_000
const edgesOfClass = 48
const mostForEdges = 5000

export function drawSample(labels: Uint8Array): Sample {
  const [normals, step] = drawClass(labels, 0)
  const [anomalies, anomalyStep] = drawClass(labels, 1)
  return { anomalies, normals, step: step / anomalyStep }
}

function drawClass(labels: Uint8Array, label: 0 | 1): [Int32Array, number] {
  let all = 0
  for (const held of labels) if (held === label) all++
  const step = Math.max(1, all / mostOfClass)
  const drawn = new Int32Array(Math.min(all, mostOfClass))
  for (let row = 0, seen = 0, taken = 0; row < labels.length && taken < drawn.length; row++)
    if (labels[row] === label && seen++ >= taken * step) drawn[taken++] = row
  return [drawn, step]
}

/** Weighted average precision and ROC AUC on the half that did not choose the bins' order; 0 where a half lacks a class. */
export function separation(
  column: Column,
  weights: Float64Array,
  sample: Sample,
): { readonly averagePrecision: number; readonly auc: number } {
  const { bins, binOf } = binner(column, sample)
  const learned = new Float64Array(bins * 2)
  const judged = new Float64Array(bins * 2)
  const add = (rows: Int32Array, label: 0 | 1, factor: number) => {
    for (let i = 0; i < rows.length; i++)
      (i % 2 === 0 ? learned : judged)[binOf(rows[i]!) * 2 + label]! += weights[rows[i]!]! * factor
  }
  add(sample.anomalies, 1, 1)
  add(sample.normals, 0, sample.step)
  return ranked(learned, judged)
}

function binner(column: Column, sample: Sample): { bins: number; binOf: (row: number) => number } {
  if (column.kind === 'category') {
    const { codes, dictionary } = column
    return { bins: dictionary.length + 1, binOf: (row) => codes[row]! + 1 }
  }
  const { values } = column
  const edges = Float64Array.from(
    new Set([...quantiles(values, sample.anomalies), ...quantiles(values, sample.normals)]),
  ).sort()
  return { bins: edges.length + 2, binOf: (row) => (Number.isNaN(values[row]!) ? 0 : place(edges, values[row]!) + 1) }
}

function quantiles(values: Float64Array, rows: Int32Array): number[] {
  const step = Math.max(1, rows.length / mostForEdges)
  const sorted = new Float64Array(Math.min(rows.length, mostForEdges))
  let filled = 0
  for (let i = 0; i < sorted.length; i++) {
    const value = values[rows[Math.floor(i * step)]!]!
    if (!Number.isNaN(value)) sorted[filled++] = value
  }
  const known = sorted.subarray(0, filled).sort()
  if (filled === 0) return []
  return Array.from({ length: edgesOfClass }, (_, i) => known[Math.round((i / (edgesOfClass - 1)) * (filled - 1))]!)
}

// The first edge that is not below the value.
function place(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

// Bins that the first half never saw come where the first half as a whole would.
function ranked(learned: Float64Array, judged: Float64Array): { averagePrecision: number; auc: number } {
  const [normals, anomalies] = sums(learned)
  const prior = anomalies / (anomalies + normals)
  const rate = (bin: number) => (learned[bin * 2 + 1]! + prior) / (learned[bin * 2]! + learned[bin * 2 + 1]! + 1)
  const order = Array.from({ length: judged.length / 2 }, (_, bin) => ({ bin, rate: rate(bin) }))
  order.sort((a, b) => b.rate - a.rate || a.bin - b.bin)
  let [found, alarms, precision, area] = [0, 0, 0, 0]
  for (let i = 0; i < order.length; ) {
    const level = order[i]!.rate
    let [normal, anomalous] = [0, 0]
    for (; i < order.length && order[i]!.rate === level; i++) {
      normal += judged[order[i]!.bin * 2]!
      anomalous += judged[order[i]!.bin * 2 + 1]!
    }
    area += normal * (found + anomalous / 2)
    found += anomalous
    alarms += normal
    if (anomalous > 0) precision += (anomalous * found) / (found + alarms)
  }
  return found === 0 || alarms === 0
    ? { averagePrecision: 0, auc: 0 }
    : { averagePrecision: precision / found, auc: area / (found * alarms) }
}

function sums(tally: Float64Array): [number, number] {
  let [normals, anomalies] = [0, 0]
  for (let i = 0; i < tally.length; i += 2) {
    normals += tally[i]!
    anomalies += tally[i + 1]!
  }
  return [normals, anomalies]
}

// A model whose every score is known, and rows: the facts of the report against what can be counted by hand.

import { expect, test } from 'vitest'
import { sampleFacts } from '../../test/golden/sample-training.ts'
import { reportFacts } from './facts.ts'

const input = sampleFacts()
const facts = reportFacts(input)
const { labels, amounts, split } = input
const testPeriod = Array.from({ length: labels.length - split.testStart }, (_, i) => split.testStart + i)
const large = (row: number) => amounts![row]! > 500
const countOf = (holds: (row: number) => boolean) => testPeriod.filter(holds).length

test('the confusion counts the test period alone', () => {
  expect(facts.confusion).toEqual({
    caught: countOf((row) => labels[row] === 1 && large(row)),
    missed: countOf((row) => labels[row] === 1 && !large(row)),
    falseAlarms: countOf((row) => labels[row] === 0 && large(row)),
    quiet: countOf((row) => labels[row] === 0 && !large(row)),
  })
  expect(facts.confusion.missed).toBeGreaterThan(0)
})

test('the curve has a point for each distinct score, the last of which alerts on everything', () => {
  expect(facts.curve).toHaveLength(2)
  const { caught, missed, falseAlarms } = facts.confusion
  expect(facts.curve[0]).toMatchObject({
    threshold: 0.98,
    recall: caught / (caught + missed),
    precision: caught / (caught + falseAlarms),
    alertsPerDay: (caught + falseAlarms) / facts.days,
  })
  expect(facts.curve[1]).toMatchObject({ threshold: 0.02, recall: 1, falsePositiveRate: 1 })
})

test('the cost is that of the missed amounts and of every review, a day', () => {
  const lost = testPeriod
    .filter((row) => labels[row] === 1 && !large(row))
    .reduce((sum, row) => sum + amounts![row]!, 0)
  const { caught, falseAlarms } = facts.confusion
  expect(facts.curve[0]!.costPerDay).toBeCloseTo((lost + 5 * (caught + falseAlarms)) / facts.days, 9)
  expect(facts.operatingPoint.costPerDay).toBe(facts.curve[0]!.costPerDay)
})

test('a feature that no split reads is worth nothing, however it is measured', () => {
  expect(facts.importance.map(({ name }) => name)).toEqual(['amount', 'country'])
  expect(facts.importance[1]).toEqual({ name: 'country', gain: 0, permutation: 0, contribution: 0 })
  expect(facts.importance[0]!.gain).toBe(1)
  expect(facts.importance[0]!.permutation).toBeGreaterThan(0.4)
})

test('dependence follows the model: low before the split, high after it, flat where it reads nothing', () => {
  const [amount, country] = facts.dependence
  for (const { value, score } of amount!.points) expect(score).toBeCloseTo(Number(value) > 500 ? 0.98 : 0.02, 9)
  expect(country!.points.map(({ value }) => value).sort()).toEqual(['DE', 'FR'])
  expect(new Set(country!.points.map(({ score }) => score)).size).toBe(1)
})

test('reliability bins hold every event, and what they predict and observe', () => {
  expect(facts.reliability.map(({ from, to }) => [from, to])).toEqual([
    [0.01, 0.03],
    [0.8, 1],
  ])
  expect(facts.reliability.reduce((sum, { events }) => sum + events, 0)).toBe(testPeriod.length)
  const { predicted, observed } = facts.reliability[1]!
  expect(predicted).toBeCloseTo(0.98, 9)
  expect(observed.value).toBe(facts.curve[0]!.precision)
  expect(observed.low).toBeLessThan(observed.value)
  expect(observed.high).toBeGreaterThan(observed.value)
})

test('the parts over time are whole days and add up to the period', () => {
  const { stability } = facts
  expect(stability.length).toBeGreaterThan(4)
  for (const { from, to } of stability) expect([from % 86_400_000, to - from]).toEqual([0, 86_400_000])
  expect(stability.reduce((sum, { events }) => sum + events, 0)).toBe(testPeriod.length)
  expect(stability.reduce((sum, { alerts }) => sum + alerts, 0)).toBe(countOf(large))
})

test('the worst misses are anomalies below the threshold, the worst false alarms normal events above it', () => {
  const rowOf = (id: string) => Number(id.slice(2))
  const { threshold } = input.artifact.operatingPoint
  expect(facts.misses).toHaveLength(facts.confusion.missed)
  for (const { id, score, reasons } of facts.misses) {
    expect([labels[rowOf(id)], score < threshold]).toEqual([1, true])
    expect(reasons[0]).toMatch('lowered')
  }
  expect(facts.falseAlarms).toHaveLength(facts.confusion.falseAlarms)
  for (const { id, score, reasons } of facts.falseAlarms) {
    expect([labels[rowOf(id)], score >= threshold]).toEqual([0, true])
    expect(reasons[0]).toMatch('raised')
  }
})

test('the same rows give the same facts, and where nothing alerts nothing is made up', () => {
  expect(reportFacts(sampleFacts())).toEqual(facts)
  const { artifact } = input
  const silent = reportFacts({
    ...input,
    artifact: { ...artifact, operatingPoint: { ...artifact.operatingPoint, threshold: 1 } },
  })
  expect(silent.falseAlarms).toEqual([])
  expect(silent.stability.every(({ precision, alerts }) => precision === null && alerts === 0)).toBe(true)
  expect(silent.operatingPoint.costPerDay).toBeNull()
})

// Streams of points in; the trees that hold them and the scores checked.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Random } from '../core/random.ts'
import { CutTree } from './cutTree.ts'
import { createForest } from './forest.ts'

const width = 3

// Few distinct values, so that points and coordinates are often equal.
const pointOf = (random: Random) => Float32Array.from({ length: width }, () => random.below(5) * 0.7)

// What must hold at every node: its mass and box are those of its children, and its cut parts them.
function check(tree: CutTree, node: number): Float32Array[] {
  const box = (values: Float32Array) => values.subarray(node * width, (node + 1) * width)
  if (tree.feature[node]! < 0) return Array.from({ length: tree.mass[node]! }, () => box(tree.low).slice())
  const left = check(tree, tree.left[node]!)
  const right = check(tree, tree.right[node]!)
  const all = [...left, ...right]
  expect(tree.mass[node]).toBe(all.length)
  const [feature, cut] = [tree.feature[node]!, tree.cut[node]!]
  expect(left.every((point) => point[feature]! <= cut)).toBe(true)
  expect(right.every((point) => point[feature]! > cut)).toBe(true)
  for (let i = 0; i < width; i++) {
    expect(box(tree.low)[i]).toBe(Math.min(...all.map((point) => point[i]!)))
    expect(box(tree.high)[i]).toBe(Math.max(...all.map((point) => point[i]!)))
  }
  return all
}

describe('a cut tree', () => {
  test('holds exactly the points that were inserted and not deleted, in true boxes, after any sequence of both', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.boolean(), { maxLength: 60 }), (seed, inserts) => {
        const random = new Random(seed)
        const tree = new CutTree(60, width, random)
        const held: { point: Float32Array; leaf: number }[] = []
        for (const isInsert of inserts) {
          if (isInsert) {
            const point = pointOf(random)
            held.push({ point, leaf: tree.insert(point) })
          } else if (held.length > 0) tree.delete(held.splice(random.below(held.length), 1)[0]!.leaf)
          const found = tree.root < 0 ? [] : check(tree, tree.root)
          expect(found.map(String).sort()).toEqual(held.map(({ point }) => String(point)).sort())
        }
      }),
      { numRuns: 50 },
    )
  })

  test('cuts a point that stands apart first, about as often as its distance says', () => {
    // Of a range of 10 the first 9 are empty: the first cut falls there nine times of ten.
    let first = 0
    for (let seed = 0; seed < 500; seed++) {
      const tree = new CutTree(3, 1, new Random(seed))
      for (const x of [0, 9, 10]) tree.insert(Float32Array.of(x))
      const left = tree.left[tree.root]!
      if (tree.mass[left] === 1) first++
    }
    expect(first / 500).toBeGreaterThan(0.85)
    expect(first / 500).toBeLessThan(0.95)
  })
})

describe('a forest', () => {
  const options = { width: 2, trees: 30, sampleSize: 64, seed: 1, decay: 0 }
  const cloud = (random: Random, shift = 0) => Float32Array.of(random.normal() + shift, random.normal())

  test('scores what lies apart higher, and says which coordinate did it', () => {
    const forest = createForest(options)
    const random = new Random(2)
    for (let i = 0; i < 500; i++) forest.update(cloud(random))
    const apart = Float32Array.of(0, 12)
    expect(forest.score(apart)).toBeGreaterThan(2 * forest.score(Float32Array.of(0, 0)))
    const [first, second, rest] = forest.parts(apart)
    expect(second).toBeGreaterThan(5 * first!)
    expect(first! + second! + rest!).toBeCloseTo(forest.score(apart), 12)
  })

  test('forgets with decay what a stream no longer shows', () => {
    const forest = createForest({ ...options, decay: 1 / 200 })
    const random = new Random(3)
    for (let i = 0; i < 1000; i++) forest.update(cloud(random))
    const before = forest.score(Float32Array.of(20, 0))
    for (let i = 0; i < 4000; i++) forest.update(cloud(random, 20))
    expect(forest.score(Float32Array.of(20, 0))).toBeLessThan(before / 2)
    expect(forest.score(Float32Array.of(0, 0))).toBeGreaterThan(before / 2)
  })

  test('scores 0 while it is empty and refuses points that it cannot hold', () => {
    const forest = createForest(options)
    expect(forest.score(Float32Array.of(1, 2))).toBe(0)
    expect(() => forest.update(Float32Array.of(1))).toThrow('expected 2 finite ones')
    expect(() => forest.score(Float32Array.of(1, Number.NaN))).toThrow('expected 2 finite ones')
  })

  const archive = fileURLToPath(new URL('../../../shared/data/nab_subset.tar.gz', import.meta.url))
  test.skipIf(!existsSync(archive))(
    'stands out inside the anomaly windows of a Numenta series, without a label',
    () => {
      const read = (name: string) => {
        const paths = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n')
        const path = paths.find((held) => held.endsWith(name))!
        return execFileSync('tar', ['-xzOf', archive, path], { encoding: 'utf8', maxBuffer: 1e8 })
      }
      const series = 'realKnownCause/machine_temperature_system_failure.csv'
      const windows = z
        .record(z.string(), z.array(z.array(z.string())))
        .parse(JSON.parse(read('combined_windows.json')))
      const rows = read('machine_temperature_system_failure.csv').trim().split('\n').slice(1)
      const shingle = 8
      const forest = createForest({ width: shingle, trees: 30, sampleSize: 128, seed: 1, decay: 1 / 1280 })
      const sums = { inside: 0, outside: 0 }
      const counts = { inside: 0, outside: 0 }
      const values = rows.map((row) => Number(row.split(',')[1]))
      for (let i = shingle; i < rows.length; i += 2) {
        const time = rows[i]!.split(',')[0]!
        const point = Float32Array.from(values.slice(i - shingle, i))
        const where = windows[series]!.some(([from, to]) => time >= from! && time <= to!) ? 'inside' : 'outside'
        sums[where] += forest.score(point)
        counts[where]++
        forest.update(point)
      }
      expect(sums.inside / counts.inside).toBeGreaterThan((1.2 * sums.outside) / counts.outside)
    },
  )
})

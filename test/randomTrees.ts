// A seed in, random features, trees and vectors out: material for the tests of this room.

import type { Random } from '../src/core/random.ts'
import type { FeatureSpec, TreesData } from '../src/model/model.ts'

export function randomFeatures(random: Random, width: number): FeatureSpec[] {
  return Array.from({ length: width }, (_, i) =>
    random.below(3) === 0
      ? { name: `f${i}`, kind: 'category', dictionary: Array.from({ length: 1 + random.below(40) }, (_, k) => `c${k}`) }
      : { name: `f${i}`, kind: 'number' },
  )
}

export function randomVector(random: Random, features: readonly FeatureSpec[]): Float32Array {
  return Float32Array.from(features, (feature) => {
    if (random.below(6) === 0) return Number.NaN
    return feature.kind === 'number' ? random.normal() : random.below(feature.dictionary.length)
  })
}

export function randomTrees(
  random: Random,
  features: readonly FeatureSpec[],
  { trees, depth }: { trees: number; depth: number },
): TreesData {
  const data = {
    baseMargin: random.normal(),
    roots: [0],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
    value: [] as number[],
    cover: [] as number[],
    categorySets: [] as number[][],
  }
  const addLeaf = (cover: number) => {
    data.threshold.push(0)
    data.left.push(0)
    data.missingLeft.push(0)
    data.value.push(random.normal())
    data.cover.push(cover)
    return data.feature.push(-1) - 1
  }
  const split = (node: number, level: number): void => {
    if (level === depth || random.below(5) === 0) return
    const place = random.below(features.length)
    const feature = features[place]!
    const share = 0.01 + 0.98 * random.uniform()
    const left = addLeaf(data.cover[node]! * share)
    addLeaf(data.cover[node]! * (1 - share))
    data.feature[node] = place
    data.left[node] = left
    data.missingLeft[node] = random.below(2)
    data.value[node] = 0
    data.threshold[node] =
      feature.kind === 'number' ? random.normal() : data.categorySets.push(randomSet(random, feature)) - 1
    split(left, level + 1)
    split(left + 1, level + 1)
  }
  for (let tree = 0; tree < trees; tree++) {
    split(addLeaf(1000), 0)
    data.roots.push(data.feature.length)
  }
  return data
}

function randomSet(random: Random, feature: Extract<FeatureSpec, { kind: 'category' }>): number[] {
  return feature.dictionary.map((_, place) => place).filter(() => random.below(2) === 0)
}

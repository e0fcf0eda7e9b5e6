// How features came about in, words for their values out: “4th payment of this card in 10 minutes”.

import { durationWords } from '../core/duration.ts'
import type { Derived, FeatureSource, FeatureSpec } from '../model/model.ts'

/** Words for a value; null where the name, the value and what is usual say it better. */
type Words = (value: number) => string | null

/** One for each feature; undefined where it is a column as it is. */
export function derivedTexts(features: readonly FeatureSpec[], derived: Derived): (Words | undefined)[] {
  return features.map((_, place) => {
    const source = derived.sources[place]!
    return source.kind === 'column' ? undefined : wordsOf(source, derived)
  })
}

function wordsOf(source: FeatureSource, derived: Derived): Words {
  switch (source.kind) {
    case 'window':
      return windowWords(source, derived)
    case 'usual': {
      const { called, values } = derived.memories[source.memory]!
      const of = valueName(values[source.of]!.of)
      if (source.measure === 'ratio') return (value) => `${short(value)} × this ${called}'s usual ${of}`
      return (value) =>
        `${of} is ${short(Math.abs(value))} deviations ${value < 0 ? 'below' : 'above'} this ${called}'s usual`
    }
    case 'feedback': {
      const { called, ages } = derived.memories[source.memory]!
      const window = durationWords(ages[source.age]! - ages[source.delay]!)
      const until = `${window} until ${durationWords(ages[source.delay]!)} ago`
      if (source.measure === 'anomalies')
        return (value) =>
          `${value} confirmed ${value === 1 ? 'anomaly' : 'anomalies'} of this ${called} in the ${until}`
      return (value) =>
        `${short(100 * value)} % of this ${called}'s ${plural(derived.called)} were anomalies in the ${until}`
    }
    case 'travel': {
      const { called } = derived.memories[source.memory]!
      const unit = source.measure === 'distance' ? 'km' : 'km/h'
      return (value) => `${short(value)} ${unit} from where this ${called} was last`
    }
    default:
      return () => null
  }
}

function windowWords(
  { measure, of, age, memory }: Extract<FeatureSource, { kind: 'window' }>,
  derived: Derived,
): Words {
  const { called, ages, values, distinct } = derived.memories[memory]!
  const window = durationWords(ages[age]!)
  const name = values[of] ? valueName(values[of].of) : ''
  switch (measure) {
    case 'count':
      return (value) => `${ordinal(value)} ${derived.called} of this ${called} in ${window}`
    case 'distinct':
      return (value) => `${value} different values of ${distinct[of]} of this ${called} in ${window}`
    case 'isFirst':
      return (value) => (value === 1 ? `first ${derived.called} of this ${called} in ${window}` : null)
    case 'timeSinceLast':
      return (value) => `${seconds(value)} after the last ${derived.called} of this ${called}`
    case 'timeSinceFirst':
      return (value) => `${seconds(value)} after the first ${derived.called} of this ${called}`
    case 'last':
      return (value) => `${name} of this ${called} was ${short(value)} before`
    default:
      return (value) => `${measureWords[measure]} ${name} of this ${called} in ${window} is ${short(value)}`
  }
}

const measureWords = { sum: 'total', mean: 'mean', max: 'highest', min: 'lowest', std: 'spread of' } as const

function valueName(expression: string): string {
  return /^`([^`]+)`$/.exec(expression)?.[1] ?? expression
}

function plural(noun: string): string {
  return noun.endsWith('s') ? noun : `${noun}s`
}

function ordinal(value: number): string {
  const tens = value % 100
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${ending}`
}

function seconds(value: number): string {
  if (value < 120) return `${short(value)} s`
  if (value < 7200) return `${short(value / 60)} minutes`
  return value < 172_800 ? `${short(value / 3600)} hours` : `${short(value / 86_400)} days`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(2)))
}

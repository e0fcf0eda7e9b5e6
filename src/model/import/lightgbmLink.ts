// LightGBM's objective line, e.g. `binary sigmoid:1`, in; how its margins become a prediction out.
//
// Source: LightGBM src/objective/*.hpp, ConvertOutput. All in float64.

import { corrupt, unsupported } from './fault.ts'
import type { Link } from './foreign.ts'

/** A forest's margins are sums; they are divided by `iterations` first. Throws `MODEL_IMPORT_UNSUPPORTED`. */
export function lightgbmLink(objective: string, iterations: number): Link {
  const link = linkOf(objective)
  return (margins) => link(margins.map((margin) => margin / iterations))
}

function linkOf(objective: string): Link {
  const [name, ...options] = objective.split(' ')
  const option = (key: string) => options.find((text) => text.startsWith(`${key}:`))?.slice(key.length + 1)
  switch (name) {
    case 'binary':
    case 'multiclassova':
      return each(sigmoid(steepness(option('sigmoid') ?? '1')))
    case 'cross_entropy':
      return each(sigmoid(1))
    case 'multiclass':
      return softmax
    case 'regression':
      return options.includes('sqrt') ? each((margin) => Math.sign(margin) * margin * margin) : each((margin) => margin)
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return each(Math.exp)
    default:
      throw unsupported(
        `The LightGBM model has objective ${JSON.stringify(objective.slice(0, 80))}`,
        'one of binary, multiclass, multiclassova, cross_entropy, regression, poisson, gamma, tweedie',
      )
  }
}

function steepness(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw corrupt('LightGBM model', `its objective has sigmoid:${text.slice(0, 40)}`)
  return value
}

function sigmoid(steep: number): (margin: number) => number {
  return (margin) => 1 / (1 + Math.exp(-steep * margin))
}

function softmax(margins: Float64Array): Float64Array {
  const largest = Math.max(...margins)
  const parts = margins.map((margin) => Math.exp(margin - largest))
  const sum = parts.reduce((total, part) => total + part, 0)
  return parts.map((part) => part / sum)
}

function each(link: (margin: number) => number): Link {
  return (margins) => margins.map(link)
}

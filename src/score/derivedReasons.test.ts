// Values of remembered features in, the words that a reviewer reads out.

import { expect, test } from 'vitest'
import { rememberingArtifact } from '../../test/rig/remembering.ts'
import { derivedTexts } from './derivedReasons.ts'

const { features, derived } = rememberingArtifact('5m')
const texts = derivedTexts(features, derived)
const words = (name: string, value: number) => texts[features.findIndex((feature) => feature.name === name)]?.(value)

test.each([
  ['card_count_1h', 4, '4th payment of this card in 1 hour'],
  ['card_count_1d', 22, '22nd payment of this card in 24 hours'],
  ['card_count_30d', 113, '113th payment of this card in 30 days'],
  ['card_amount_ratio', 5.2134, "5.2 × this card's usual amount"],
  ['card_amount_z_score', -3.17, "amount is 3.2 deviations below this card's usual"],
  ['card_mean_amount_1d', 1234.5, 'mean amount of this card in 24 hours is 1,235'],
  ['card_distinct_country_30d', 3, '3 different values of country of this card in 30 days'],
  ['card_time_since_last', 90, '90 s after the last payment of this card'],
  ['card_time_since_last', 7260, '2 hours after the last payment of this card'],
  ['card_anomalies_30d', 1, '1 confirmed anomaly of this card in the 30 days until 24 hours ago'],
  ['card_anomaly_rate_30d', 0.125, "13 % of this card's payments were anomalies in the 30 days until 24 hours ago"],
  ['country_sum_amount_1d', 99.5, 'total amount of this country in 24 hours is 100'],
])('%s of %d: %s', (name, value, text) => {
  expect(words(name, value)).toBe(text)
})

test('a column as it is has no words of its own', () => {
  expect(words('amount', 5)).toBeUndefined()
})

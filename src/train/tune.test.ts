// A small history and a clock that counts trials in; what the search finds, touches and remembers checked.

import { describe, expect, test } from 'vitest'
import { smallHistory, smallOptions } from '../../test/rig/history.ts'
import { type Trial, type TuneHooks, tune } from './tune.ts'

const history = smallHistory(2_000, 1)
const input = { ...history, options: { ...smallOptions, maxTrees: 5 } }

// Each trial takes one second.
function hooks(seconds: number, more: Partial<TuneHooks> = {}): TuneHooks & { trials: Trial[] } {
  let now = 0
  const trials: Trial[] = []
  const onTrial = (trial: Trial) => trials.push(trial)
  return { budgetMs: seconds * 1000, known: [], now: () => (now += 1000), onTrial, threads: 1, trials, ...more }
}

describe('tuning', () => {
  test('finds settings at least as good as those given, within its time', async () => {
    const given = hooks(30)
    const tuned = await tune(input, given)
    expect(tuned.averagePrecision).toBeGreaterThanOrEqual(tuned.before)
    expect(tuned.trials).toBe(given.trials.length)
    expect(given.trials.length).toBeGreaterThan(20)
    // The last round may be on as many folds as there are, and is not begun in vain.
    expect(given.trials.length).toBeLessThanOrEqual(33)
    expect(tuned.options).toEqual({ ...input.options, ...tuned.settings })
  })

  test('never looks at the test period', async () => {
    const other = {
      ...input,
      labels: input.labels.map((label, row) => (row < input.split.testStart ? label : 1 - label)),
    }
    expect(await tune(other, hooks(12))).toEqual(await tune(input, hooks(12)))
  })

  test('goes on after a stop as if there had been none, without judging again', async () => {
    const whole = hooks(20)
    const expected = await tune(input, whole)
    const controller = new AbortController()
    const first: Trial[] = []
    const onTrial = (trial: Trial) => {
      if (first.push(trial) === 7) controller.abort(new Error('enough'))
    }
    await expect(tune(input, hooks(20, { onTrial, signal: controller.signal }))).rejects.toThrow('enough')
    expect(first).toEqual(whole.trials.slice(0, 7))
    expect(await tune(input, hooks(20, { known: first }))).toEqual(expected)

    // A figure that no run would give shows that what is known is believed.
    const marked = { ...first[0]!, averagePrecision: 0.123456 }
    const again = hooks(6, { known: [marked] })
    await tune(input, again)
    expect(again.trials[0]).toEqual(marked)
  })

  test('judges the settings as they are even where there is no time for more', async () => {
    const tuned = await tune(input, hooks(0.001))
    expect(tuned.settings).toEqual({})
    expect(tuned.averagePrecision).toBe(tuned.before)
  })

  test.each(['linear', 'randomCutForest'] as const)('searches the settings of %s', async (algorithm) => {
    const tuned = await tune(
      { ...smallHistory(1_000, 1), options: { ...smallOptions, algorithm, forestTrees: 5 } },
      hooks(9),
    )
    expect(tuned.trials).toBeGreaterThan(7)
  })

  test('refuses a history that cannot be cut into folds', async () => {
    const labels = input.labels.map((label, row) => (row < input.split.validationStart ? label : 0))
    labels.fill(0, Math.floor(input.split.testStart * 0.3))
    await expect(tune({ ...input, labels }, hooks(9))).rejects.toMatchObject({ code: 'TUNE_NO_FOLDS' })
  })
})

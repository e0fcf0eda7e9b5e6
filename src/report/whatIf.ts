// Scores of a stretch of time and what people said of its alerts in, what each threshold would have meant there out.

type Scored = { readonly score: number; readonly amount: number | null }
type Answered = { readonly score: number; readonly label: 'anomaly' | 'normal' | null }

/** What would have alerted at a threshold; of those, what people have said so far. */
export type ThresholdOutcome = {
  readonly threshold: number
  readonly alerts: number
  /** Null where no event of the stretch has an amount. */
  readonly amountAtRisk: number | null
  readonly anomalies: number
  readonly normals: number
}

/** Highest threshold first. An event alerts where its score reaches the threshold. */
export function outcomesByThreshold(
  scored: readonly Scored[],
  answered: readonly Answered[],
  thresholds: readonly number[],
): ThresholdOutcome[] {
  const events = [...scored].sort((a, b) => b.score - a.score)
  const answers = [...answered].sort((a, b) => b.score - a.score)
  const hasAmount = scored.some(({ amount }) => amount !== null)
  let [event, answer, amountAtRisk, anomalies, normals] = [0, 0, 0, 0, 0]
  return [...new Set(thresholds)]
    .sort((a, b) => b - a)
    .map((threshold) => {
      for (; event < events.length && events[event]!.score >= threshold; event++)
        amountAtRisk += events[event]!.amount ?? 0
      for (; answer < answers.length && answers[answer]!.score >= threshold; answer++) {
        if (answers[answer]!.label === 'anomaly') anomalies++
        else if (answers[answer]!.label === 'normal') normals++
      }
      return { threshold, alerts: event, amountAtRisk: hasAmount ? amountAtRisk : null, anomalies, normals }
    })
}

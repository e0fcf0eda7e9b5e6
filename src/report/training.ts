// Facts of a training and what the linter found in, one self-contained HTML page out: the same bytes for the same facts.

import type { FeatureImportance, TrainingFacts, WrongCase } from '../core/trainingFacts.ts'
import { html, type Markup } from './markup.ts'
import {
  cost,
  dependence,
  labelsOf,
  precisionRecall,
  reliability,
  roc,
  shareBar,
  stability,
  workload,
} from './trainingCharts.ts'
import { trainingStyleSheet } from './trainingStyle.ts'
import { inPlainWords, instantWords, rounded, money as roundMoney, wishWords } from './trainingWords.ts'
import { clip, count, money, percent, score } from './words.ts'

export type TrainingPage = {
  readonly facts: TrainingFacts
  /** The file's name, without its folder. */
  readonly source: string
  readonly version: number
  readonly digest: string
  /** What was kept of a longer history; null where all was. */
  readonly sampling: string | null
  readonly lint: {
    readonly findings: readonly {
      readonly code: string
      readonly severity: 'error' | 'warning'
      readonly message: string
    }[]
    readonly accepted: readonly { readonly code: string; readonly columns: readonly string[] }[]
  }
}

const shownFeatures = 12
const recallLevels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

export function renderTraining(page: TrainingPage): string {
  const { facts } = page
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${facts.detector}: training of version ${page.version}</title>
<style>
${{ markup: trainingStyleSheet }}
</style>
</head>
<body class="page">
<div class="frame">
${head(page)}
${figures(facts)}
${linted(page.lint)}
${outcomes(facts)}
<h2>Curves</h2>
<p class="note">Each point is a threshold that could have been chosen; the red one is the threshold in use.</p>
<div class="pair">
${precisionRecall(facts)}${workload(facts)}${roc(facts)}${reliability(facts)}</div>
${choices(facts)}
${overTime(facts)}
${importance(facts)}
${dependences(facts)}
${cases('Worst misses', 'Anomalies that scored lowest, and what spoke for normal.', facts.misses, facts, 'Every anomaly was caught.')}
${cases('Worst false alarms', 'Normal events that scored highest, and what raised their score. Worth a second look: some may be anomalies that nobody found.', facts.falseAlarms, facts, 'There was no false alarm.')}
${about(page)}
</div>
</body>
</html>
`.markup
}

function head({ facts, version }: TrainingPage): Markup {
  return html`<p class="muted">${facts.detector}</p>
<h1>Training of version ${version}</h1>
<p class="lead">${inPlainWords(facts)}</p>`
}

function figures({ averagePrecision, operatingPoint, hasTime }: TrainingFacts): Markup {
  const { recall, precision, alertsPerDay } = operatingPoint
  // Rows without a time are taken for a second apart.
  const load = (perDay: number) => rounded(hasTime ? perDay : perDay / 86.4)
  const share = ({ value, low, high }: TrainingFacts['rocAuc'], name: string) =>
    html`<td>${figure(name, percent(value), `${percent(low)} to ${percent(high)}`)}</td>`
  const { value, low, high } = averagePrecision
  return html`<table role="presentation" class="figures"><tr>
${share(recall, 'Recall')}
${share(precision, 'Precision')}
<td>${figure(hasTime ? 'Alerts a day' : 'Alerts in 1,000 events', load(alertsPerDay.value), `${load(alertsPerDay.low)} to ${load(alertsPerDay.high)}`)}</td>
<td>${figure('Average precision', value.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`)}</td>
</tr></table>
<p class="small muted none">On the test period, with 95% intervals (bootstrap).</p>`
}

function figure(name: string, value: string, note: string): Markup {
  return html`<div class="small muted">${name}</div><div class="figure">${value}</div><div class="small muted">${note}</div>`
}

function linted({ findings, accepted }: TrainingPage['lint']): Markup {
  const names = accepted.map(({ code, columns }) => [code, ...columns].join(':'))
  return html`<h2>What the linter found</h2>
${
  findings.length === 0
    ? html`<p>Nothing: no leak, no copies across the split, no gaps in the labels.</p>`
    : html`<ul class="findings">${findings.map(
        ({
          code,
          severity,
          message,
        }) => html`<li><span class="${severity === 'error' ? 'error-word' : 'muted'}">${severity} ${code}</span><br>${sentence(message)}</li>
`,
      )}</ul>`
}${names.length > 0 ? html`<p class="small muted none">Accepted: ${names.join(', ')}</p>` : null}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function outcomes(facts: TrainingFacts): Markup {
  const { confusion, operatingPoint } = facts
  const { caught, missed, falseAlarms, quiet } = confusion
  const cell = (n: number, words: string, style = 'count') =>
    html`<td><span class="${style}">${count(n)}</span><br><span class="small muted">${words}</span></td>`
  return html`<h2>At the operating point</h2>
<p class="note">An event alerts when its score is at least ${operatingPoint.threshold.toPrecision(3)}; chosen on the validation period for ${wishWords(operatingPoint.wish)}.</p>
<div class="pair"><div><table class="matrix">
<tr><th></th><th>Alert</th><th>No alert</th></tr>
<tr><th scope="row">Anomaly</th>${cell(caught, 'caught')}${cell(missed, 'missed', missed > 0 ? 'count alarm' : 'count')}</tr>
<tr><th scope="row">Normal</th>${cell(falseAlarms, 'false alarms')}${cell(quiet, 'left in peace')}</tr>
</table></div>${cost(facts)}</div>`
}

function choices({ curve, hasTime }: TrainingFacts): Markup {
  const chosen = recallLevels.flatMap((level) => curve.find((point) => point.recall >= level) ?? [])
  const points = chosen.filter((point, i) => point !== chosen[i - 1])
  const hasCost = points.some(({ costPerDay }) => costPerDay !== null)
  const head = (name: string) => html`<th class="number">${name}</th>`
  const cell = (value: string) => html`<td class="number">${value}</td>`
  return html`<h2>Other thresholds</h2>
<p class="note">What the test period would have been with another threshold, for at least 50% to 95% of the anomalies.</p>
<table class="rows choices">
<tr>${head('Recall')}${head('Precision')}${hasTime ? head('Alerts a day') : null}${hasCost ? head('Cost a day') : null}${head('Threshold')}</tr>
${points.map(
  ({
    recall,
    precision,
    alertsPerDay,
    costPerDay,
    threshold,
  }) => html`<tr>${cell(percent(recall))}${cell(percent(precision))}${hasTime ? cell(rounded(alertsPerDay)) : null}${hasCost ? cell(costPerDay === null ? '–' : roundMoney(costPerDay)) : null}${cell(threshold.toPrecision(3))}</tr>
`,
)}</table>`
}

function overTime(facts: TrainingFacts): Markup {
  const { stability: parts } = facts
  if (parts.length < 2) return html``
  const label = labelsOf(parts, facts.hasTime)
  const share = (value: number | null) => (value === null ? '–' : percent(value))
  return html`<h2>Over time</h2>
<p class="note">The test period in parts${facts.hasTime ? ', in UTC' : ', by the rows’ order'}. With few anomalies a part’s figures jump by chance.</p>
<div class="pair"><div>${stability(facts)}</div><div><table class="rows stable">
<tr><th class="name">From</th><th class="number wide">Events</th><th class="number">Anomalies</th><th class="number">Alerts</th><th class="number">Recall</th><th class="number wide">Precision</th></tr>
${parts.map(
  (
    part,
  ) => html`<tr><td class="name">${label(part)}</td><td class="number wide">${count(part.events)}</td><td class="number">${count(part.anomalies)}</td><td class="number">${count(part.alerts)}</td><td class="number">${share(part.recall)}</td><td class="number wide">${share(part.precision)}</td></tr>
`,
)}</table></div></div>`
}

function importance({ importance: all, features }: TrainingFacts): Markup {
  const shown = all.slice(0, shownFeatures)
  const most = (key: 'gain' | 'permutation' | 'contribution') =>
    Math.max(1e-12, ...all.map((feature) => feature[key] ?? 0))
  const hasGain = all.some(({ gain }) => gain !== null)
  const meter = (feature: FeatureImportance, key: 'gain' | 'permutation' | 'contribution', text: string) =>
    html`<td class="meter"><div class="n">${text}</div>${shareBar((feature[key] ?? 0) / most(key))}</td>`
  const rest = features > shown.length ? ` The first ${shown.length} of ${features} features.` : ''
  return html`<h2>What the model looks at</h2>
<p class="note">Contribution: mean change of the log-odds. Lost without it: average precision when its values are redrawn at random.${hasGain ? ' Gain: share of all that the trees’ splits gained in training.' : ''}${rest}</p>
<table class="rows signs-3">
<tr><th class="name">Feature</th><th>Contribution</th><th>Lost without it</th>${hasGain ? html`<th>Gain</th>` : null}</tr>
${shown.map(
  (
    feature,
  ) => html`<tr><td class="name">${clip(feature.name, 40)}</td>${meter(feature, 'contribution', feature.contribution.toFixed(3))}${meter(feature, 'permutation', minus(feature.permutation.toFixed(3)))}${feature.gain === null ? null : meter(feature, 'gain', percent(feature.gain))}</tr>
`,
)}</table>`
}

function minus(text: string): string {
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}

function dependences({ dependence: all }: TrainingFacts): Markup {
  if (all.length === 0) return html``
  return html`<h2>How the strongest act</h2>
<p class="note">Partial dependence: the mean score if every event had this value, all else left as it is. Features that go together can mislead here.</p>
<div class="pair">
${all.map(dependence)}</div>`
}

function cases(
  title: string,
  note: string,
  all: readonly WrongCase[],
  { hasTime }: TrainingFacts,
  none: string,
): Markup {
  if (all.length === 0)
    return html`<h2>${title}</h2>
<p>${none}</p>`
  const hasAmount = all.some(({ amount }) => amount !== null)
  return html`<h2>${title}</h2>
<p class="note">${note}</p>
<table class="rows cases">
<tr><th class="name">Event</th>${hasTime ? html`<th class="when">Time (UTC)</th>` : null}${hasAmount ? html`<th class="number">Amount</th>` : null}<th class="number">Score</th><th class="reason">Why</th></tr>
${all.map(
  ({
    id,
    time,
    amount,
    score: value,
    reasons,
  }) => html`<tr><td class="name"><bdi>${clip(id, 28)}</bdi></td>${hasTime ? html`<td class="time when">${instantWords(time)}</td>` : null}${hasAmount ? html`<td class="number">${amount === null ? '–' : money(amount)}</td>` : null}<td class="number">${score(value)}</td><td class="reason">${reasons.length === 0 ? '–' : clip(reasons.join('; '), 200)}</td></tr>
`,
)}</table>`
}

const learnedAgain = {
  none: 'the last judged it',
  beforeTest: 'it learned again from both, and the last judged it',
  all: 'it learned again from both, and the last judged it. The model that serves has learned once more, from all three; the figures of this page are those of the one before, which had seen nothing of the last period',
}

function about({ facts, source, digest, sampling }: TrainingPage): Markup {
  const { periods, hasTime, features, algorithm, trees, codeVersion, fingerprint } = facts
  return html`<h2>The data</h2>
<p class="note">${source}, split by ${hasTime ? 'time' : 'the rows’ order'}: the model learned from the first period, the second stopped and calibrated it and chose the threshold, ${learnedAgain[facts.refit]}.${sampling === null ? '' : ` ${sentence(sampling)}`}</p>
<table class="rows periods">
<tr><th class="name">Period</th>${hasTime ? html`<th class="wide">From (UTC)</th><th class="wide">To</th>` : null}<th class="number">Events</th><th class="number">Anomalies</th><th class="number wide">Rate</th></tr>
${periods.map(
  ({
    name,
    from,
    to,
    events,
    anomalies,
    rate,
  }) => html`<tr><td class="name">${name}</td>${hasTime ? html`<td class="time wide">${instantWords(from)}</td><td class="time wide">${instantWords(to)}</td>` : null}<td class="number">${count(events)}</td><td class="number">${count(anomalies)}</td><td class="number wide">${percent(rate)}</td></tr>
`,
)}</table>
<p class="small muted foot">${algorithm === 'linear' ? 'Logistic regression' : algorithm === 'randomCutForest' ? 'A random cut forest' : `${count(trees ?? 0)} boosted trees`} over ${features} features. Model ${digest.slice(0, 12)}, data ${fingerprint.slice(0, 12)}, Tocsin ${codeVersion}. Importance and dependence are measured on an even sample of the test period, with a seed: the same data give the same page.</p>`
}

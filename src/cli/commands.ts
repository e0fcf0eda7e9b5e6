// The names of the commands, in the order in which people need them, and where each is.

import type { Command } from './command.ts'

// Loaded when asked for, so that `tocsin models` does not pay for the database that reads Parquet.
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demo,
  init: async () => (await import('./init.ts')).init,
  lint: async () => (await import('./lint.ts')).lint,
  history: async () => (await import('./history.ts')).history,
  features: async () => (await import('./features.ts')).features,
  train: async () => (await import('./train.ts')).train,
  evaluate: async () => (await import('./evaluate.ts')).evaluate,
  backtest: async () => (await import('./evaluate.ts')).backtest,
  up: async () => (await import('./up.ts')).up,
  worker: async () => (await import('./roles.ts')).worker,
  web: async () => (await import('./roles.ts')).web,
  notifier: async () => (await import('./roles.ts')).notifier,
  jobs: async () => (await import('./roles.ts')).jobs,
  replay: async () => (await import('./replay.ts')).replay,
  resample: async () => (await import('./resample.ts')).resample,
  score: async () => (await import('./score.ts')).score,
  serve: async () => (await import('./serve.ts')).serve,
  transform: async () => (await import('./transform.ts')).transform,
  report: async () => (await import('./report.ts')).report,
  alerts: async () => (await import('./alerts.ts')).alerts,
  label: async () => (await import('./label.ts')).label,
  notify: async () => (await import('./notify.ts')).notify,
  'dead-letters': async () => (await import('./deadLetters.ts')).deadLetters,
  models: async () => (await import('./models.ts')).models,
  verify: async () => (await import('./verify.ts')).verify,
  bench: async () => (await import('./bench.ts')).bench,
  doctor: async () => (await import('./doctor.ts')).doctor,
}

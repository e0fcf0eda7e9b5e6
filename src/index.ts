// What a program may import, in the order of the data.

export { type System, type SystemOptions, startSystem } from './app/system.ts'
export { type Trained, trainDetector } from './app/train.ts'
export { type Config, type ConfigInput, configJsonSchema, loadConfig, parseConfig } from './config.ts'
export type { Alert, AlertView, Delivery, Message } from './core/alert.ts'
export { type Clock, ManualClock, systemClock } from './core/clock.ts'
export { type Column, type History, sliceHistory } from './core/column.ts'
export type { DeadLetter, Decision, Outcome, Reason } from './core/decision.ts'
export type { Declaration } from './core/declaration.ts'
export { TocsinError } from './core/error.ts'
export type { Event, EventSchema, FieldValue, Label, LabelRecord } from './core/event.ts'
export {
  type Finding,
  historyEvents,
  historyFingerprint,
  lintHistory,
  readEvents,
  readHistory,
  splitByTime,
} from './data/data.ts'
export { type CardOptions, generateCards } from './data/generate.ts'
export { type ResampleOptions, resample } from './data/resample.ts'
export { writeCsv, writeJsonLines } from './data/write.ts'
export { compileVector, encodeHistory, learnFeatures } from './features/features.ts'
export { LiveFeatures, type LiveParts } from './features/live.ts'
export { type Plan, type PlanInput, planFeatures } from './features/plan.ts'
export { type Replayed, type ReplayedMemory, replayHistory } from './features/replay.ts'
export {
  type Artifact,
  artifactDigest,
  type ConvertedModel,
  convertModel,
  decodeArtifact,
  type Evaluation,
  encodeArtifact,
  exportOnnx,
  exportXgboostJson,
  type FeatureSpec,
  type ImportedModel,
  type ImportOptions,
  importModel,
  loadModel,
  type Model,
  type OperatingPoint,
} from './model/model.ts'
export { openScoringTeam, type ScoringTeam } from './model/scoringTeam.ts'
export { openRegistry, type Registry } from './registry/registry.ts'
export { createScorer, type Scorer } from './score/score.ts'
export type { Store } from './store/store.ts'
export type { Stream, StreamRecord } from './stream/stream.ts'
export { createForest, type Forest, type ForestOptions } from './train/forest.ts'
export { type TrainInput, type TrainOptions, train } from './train/train.ts'

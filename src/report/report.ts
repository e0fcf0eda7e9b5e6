// What the store knows of a day → its summary, its page, its message; fixed once the day has closed.

export { closeFinishedDays, openDay, type ReportPage } from './close.ts'
export { driftOf, driftRange, type FeatureDrift, partsOfDays } from './drift.ts'
export type { HealthModel } from './health.ts'
export { summarySubject, summaryText } from './message.ts'
export { renderDay } from './page.ts'
export { renderPdf } from './pdf.ts'
export {
  daysOf,
  type PeriodSummary,
  renderPeriod,
  summarizePeriod,
} from './period.ts'
export { qualityOf } from './quality.ts'
export { type DayFacts, type DaySummary, summarizeDay } from './summary.ts'
export { renderTraining, type TrainingPage } from './training.ts'
export { shifted } from './usual.ts'
export { outcomesByThreshold } from './whatIf.ts'

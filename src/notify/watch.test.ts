import { beforeEach, describe, expect, it } from 'vitest'
import { type Vitals, Watch, type WatchSettings } from './watch.ts'

const settings: WatchSettings = {
  noEventsMinutes: 10,
  noScoresMinutes: 5,
  lagRecords: 1000,
  lagMinutes: 3,
  receiverMinutes: 15,
  reportMinutes: 60,
  canaryMinutes: 2,
}
const minute = 60_000
const failing = { state: 'resting', failingSince: 0, reason: 'ECONNREFUSED', heardAt: null } as const

let watch: Watch
beforeEach(() => {
  watch = new Watch(settings)
})

/** A system in which all is well at a minute, but for what is said. */
const vitals = (at: number, parts: Partial<Vitals> = {}): Vitals => ({
  ...{ now: at * minute, arrived: at, read: at, lag: 0, reportDueAt: null, canary: null, receivers: new Map() },
  ...parts,
})
/** Topics that began and ended, minute by minute. */
function pass(minutes: number, at: (minute: number) => Partial<Vitals>): string[] {
  return Array.from({ length: minutes }, (_, i) => i).flatMap((i) => {
    const { began, ended } = watch.look(vitals(i, at(i)))
    return [
      ...began.map(({ topic, about }) => `${i} +${topic}${about}`),
      ...ended.map(({ topic, about }) => `${i} -${topic}${about}`),
    ]
  })
}

describe('the watch', () => {
  it('says nothing while all is well', () => {
    expect(pass(200, () => ({}))).toEqual([])
  })

  it('says once that no events come, and once that they come again', () => {
    expect(pass(30, (i) => ({ arrived: i < 20 ? 7 : i }))).toEqual(['10 +noEvents', '20 -noEvents'])
  })

  it('says nothing of events where it is not asked to', () => {
    watch = new Watch({ ...settings, noEventsMinutes: null })
    expect(pass(100, () => ({ arrived: 7 }))).toEqual([])
  })

  it('says that nothing is scored only where something waits', () => {
    expect(pass(20, () => ({ read: 7, lag: 0 }))).toEqual([])
    watch = new Watch(settings)
    expect(pass(20, (i) => ({ read: Math.min(i, 3), lag: i < 3 ? 0 : 1 }))).toEqual(['8 +noScores'])
  })

  it('says that the lag grows, not that it is there', () => {
    expect(pass(20, () => ({ lag: 5000 }))).toEqual([])
    watch = new Watch(settings)
    expect(pass(20, (i) => ({ lag: i < 10 ? 1000 + i * 100 : 1500 }))).toEqual(['3 +lagGrowing', '10 -lagGrowing'])
    watch = new Watch(settings)
    expect(pass(20, (i) => ({ lag: i * 10 }))).toEqual([])
    // The clock does not begin with the process.
    watch = new Watch(settings)
    expect(watch.look(vitals(29_000_000, { lag: 5000 })).began).toEqual([])
  })

  it('names the receiver that fails', () => {
    expect(pass(30, (i) => ({ receivers: new Map(i < 20 ? [['hook', failing]] : []) }))).toEqual([
      '15 +receiverFailinghook',
      '20 -receiverFailinghook',
    ])
  })

  it('says that the report is late an hour after it was due', () => {
    expect(pass(80, (i) => ({ reportDueAt: i < 75 ? 0 : null }))).toEqual(['60 +lateReport', '75 -lateReport'])
  })

  it('says that the canary has not come back', () => {
    const canary = (i: number) => ({ sentAt: 0, heardAt: i < 5 ? null : 5 * minute, reason: null })
    expect(pass(10, (i) => ({ canary: canary(i) }))).toEqual(['2 +canaryOverdue', '5 -canaryOverdue'])
    expect(watch.alarms).toEqual([])
  })
})

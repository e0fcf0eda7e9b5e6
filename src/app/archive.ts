// Closed days in, files that any tool reads out: decisions as Parquet, minutes as CSV, a folder for each day; then room in the store.

import { glob, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Clock } from '../core/clock.ts'
import { type Day, dayEnd, dayOf, dayStart } from '../core/day.ts'
import { type ArchivedDecision, archiveDecisions } from '../data/archive.ts'
import { writeCsv } from '../data/write.ts'
import type { Store, StoredDecision } from '../store/store.ts'
import { athenaSql, quickSightManifest } from './manifests.ts'

export type ArchiveOptions = {
  readonly config: Pick<Config, 'detector' | 'dataDir' | 'report' | 'archive'>
  readonly store: Store
  readonly clock: Clock
}

export type Archive = {
  /** Brings the files up to the store; answers the days that were written. Then makes room in the store. */
  update(): Promise<readonly Day[]>
  run(signal: AbortSignal): Promise<void>
}

/** How often to look for closed days and late arrivals, ms. */
const pollMs = 60_000
const dayMs = 86_400_000
/** Decisions that one transaction removes: some ms. */
const forgottenAtOnce = 5_000
/** The first instant that a date can name. */
const earliestMs = -8.64e15

/** Late arrivals of each archived day when its files were written: where they are more by now, it is written again. */
const State = z.record(z.string(), z.int())
type State = z.infer<typeof State>

/** Does nothing where the configuration names no archive. A crash at any moment leaves whole files, and the next update goes on. */
export function createArchive({ config, store, clock }: ArchiveOptions): Archive {
  const { detector, archive, report } = config
  const { timeZone } = report
  const dir = archiveDir(config)
  const stateFile = join(dir, 'state.json')

  async function writeDay(day: Day): Promise<void> {
    const [from, to] = [dayStart(day, timeZone), dayEnd(day, timeZone)]
    await archiveDecisions(join(dir, 'decisions', `dt=${day}`, 'decisions.parquet'), rowsOf(store, detector, from, to))
    const minutes = join(dir, 'minutes', `dt=${day}`, 'minutes.csv')
    await mkdir(dirname(minutes), { recursive: true })
    const rollups = await store.rollups(detector, from, to)
    await writeCsv(
      `${minutes}.new`,
      rollups.map(({ scoreHistogram: _, minute, ...counts }) => ({
        minute: new Date(minute).toISOString(),
        ...counts,
      })),
    )
    await rename(`${minutes}.new`, minutes)
  }

  async function update(): Promise<readonly Day[]> {
    if (!archive) return []
    const state = await readState(stateFile)
    const written: Day[] = []
    for (const day of await finishedDays()) {
      const late = await store.lateEvents(detector, dayStart(day, timeZone), dayEnd(day, timeZone))
      if (state[day] === late) continue
      await writeDay(day)
      state[day] = late
      await writeWhole(stateFile, JSON.stringify(state))
      written.push(day)
    }
    if (written.length > 0) await writeManifests(dir, archive.uri ?? `file://${dir}`)
    if (archive.keepDays !== undefined) await forget(state, archive.keepDays)
    return written
  }

  /** The closed days, and those without a page that late arrivals belong to. */
  async function finishedDays(): Promise<Day[]> {
    const days: Day[] = []
    let from = earliestMs
    for (const { day } of await store.closedDays(detector)) {
      for (const pageless of await daysWithDecisions(from, dayStart(day, timeZone))) days.push(pageless)
      days.push(day)
      from = dayEnd(day, timeZone)
    }
    return days
  }

  async function daysWithDecisions(from: number, to: number): Promise<Day[]> {
    const days: Day[] = []
    for (let at = from; at < to; at = dayEnd(days.at(-1)!, timeZone)) {
      const first = await firstOf(store.decisions(detector, at, to))
      if (!first) break
      days.push(dayOf(first.eventTime, timeZone))
    }
    return days
  }

  /** Only what lies in a file: days from the first one on that has none stay, however old. */
  async function forget(state: State, keepDays: number): Promise<void> {
    const days = (await store.closedDays(detector)).map(({ day }) => day)
    const unwritten = days.find((day) => state[day] === undefined)
    const last = unwritten === undefined ? days.at(-1) : undefined
    const end = last === undefined ? dayStart(unwritten ?? '1970-01-01', timeZone) : dayEnd(last, timeZone)
    const before = Math.min(end, (await store.watermark(detector)) - keepDays * dayMs)
    while ((await store.forgetDecisions(detector, before, forgottenAtOnce)) > 0) await clock.sleep(1)
  }

  return {
    update,
    run: async (signal) => {
      while (!signal.aborted) {
        await update()
        await clock.sleep(pollMs, signal)
      }
    },
  }
}

function archiveDir({ archive, dataDir, detector }: ArchiveOptions['config']): string {
  return join(archive?.dir ?? join(dataDir, 'archive'), detector)
}

/** Files of decisions, oldest day first; none where nothing was archived. */
export async function archivedFiles(config: ArchiveOptions['config']): Promise<string[]> {
  return (await Array.fromAsync(glob(join(archiveDir(config), 'decisions', 'dt=*', 'decisions.parquet')))).sort()
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item
  return undefined
}

async function* rowsOf(store: Store, detector: string, from: number, to: number): AsyncGenerator<ArchivedDecision> {
  for await (const decision of store.decisions(detector, from, to)) yield rowOf(decision)
}

function rowOf({ fields, reasons, vector, ...decision }: StoredDecision): ArchivedDecision {
  return {
    event_id: decision.eventId,
    event_ms: decision.eventTime,
    ...{ entity: decision.entity, amount: decision.amount, score: decision.score, threshold: decision.threshold },
    ...{ outcome: decision.outcome, model_version: decision.modelVersion, is_late: decision.isLate },
    vector: Array.from(vector, (value) => (Number.isFinite(value) ? value : null)),
    fields: JSON.stringify(fields),
    reasons: JSON.stringify(reasons),
  }
}

async function writeManifests(dir: string, uri: string): Promise<void> {
  await writeWhole(join(dir, 'quicksight.json'), quickSightManifest(uri))
  await writeWhole(join(dir, 'athena.sql'), athenaSql(uri))
}

async function readState(file: string): Promise<State> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  return State.parse(JSON.parse(text))
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

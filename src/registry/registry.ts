// Artifacts in, numbered versions out; an alias in, the model that it names now out, ready to score.

import { TocsinError } from '../core/error.ts'
import type { Artifact, Model } from '../model/model.ts'
import { artifactDigest, decodeArtifact, encodeArtifact, loadModel } from '../model/model.ts'

/** The part of the store that keeps models; `store/store.ts` says what each does. */
export type ModelStore = {
  putModel(
    record: {
      readonly detector: string
      readonly digest: string
      readonly createdAt: number
      readonly evaluation: string
    },
    artifact: Uint8Array,
  ): Promise<number>
  models(detector: string): Promise<readonly StoredModel[]>
  artifact(detector: string, version: number): Promise<Uint8Array | undefined>
  setAlias(detector: string, alias: string, version: number | null, reason: string): Promise<void>
  aliases(detector: string): Promise<Readonly<Record<string, number>>>
  aliasHistory(detector: string, alias: string): Promise<readonly (number | null)[]>
  moveThreshold(
    detector: string,
    version: number,
    change: { readonly threshold: number; readonly by: string; readonly reason: string },
  ): Promise<void>
  thresholdChanges(detector: string, version: number, limit: number): Promise<readonly { readonly threshold: number }[]>
}

type StoredModel = {
  readonly version: number
  readonly digest: string
  readonly createdAt: number
  readonly evaluation: string
}

type Alias = 'champion' | 'challenger'

/** A version as lists show it. */
export type ListedModel = StoredModel & { readonly aliases: readonly string[] }

type LoadedModel = {
  readonly version: number
  /** With the operating point that counts now. */
  readonly artifact: Artifact
  readonly model: Model
  /** A person chose another threshold than training did: its evaluation speaks of the other. */
  readonly isMoved: boolean
}

export type Registry = {
  /** Stores the artifact under the next version; one that is stored already keeps its version. `createdAt` in ms. */
  register(artifact: Artifact, createdAt: number): Promise<{ readonly version: number; readonly digest: string }>
  /** Oldest version first. */
  list(): Promise<readonly ListedModel[]>
  /** Points the alias at the version. Throws `MODEL_UNKNOWN` where there is no such version. */
  promote(version: number, alias: Alias, reason: string): Promise<void>
  /** Makes the champion before this one champion again, and so on back; resolves to its version. Throws `MODEL_FIRST` where there was none. */
  rollBack(reason: string): Promise<number>
  /** From the next batch on the version alerts at `threshold`, until it is moved again. Throws `MODEL_UNKNOWN`. */
  moveThreshold(
    version: number,
    change: { readonly threshold: number; readonly by: string; readonly reason: string },
  ): Promise<void>
  /**
   * What the alias names now, also where another process has just moved it; undefined where it names nothing.
   * Cheap enough to be asked for each batch: an artifact is decoded once. Throws what decoding throws: `MODEL_CORRUPT`,
   * `MODEL_FOREIGN`, `MODEL_TOO_NEW`.
   */
  current(alias: Alias): Promise<LoadedModel | undefined>
  /** The version, ready to score; undefined where there is none. Throws what `current` throws. */
  load(version: number): Promise<LoadedModel | undefined>
}

/** Decoded versions that are kept: champion, challenger, and two that variants name by number. */
const keptVersions = 4

export function openRegistry({ store, detector }: { readonly store: ModelStore; readonly detector: string }): Registry {
  // A version never changes its content, so one that is loaded stays right; those asked for last are kept.
  const loaded = new Map<number, LoadedModel>()
  return {
    register: async (artifact, createdAt) => {
      const digest = artifactDigest(artifact)
      const evaluation = JSON.stringify(artifact.evaluation)
      const version = await store.putModel({ detector, digest, createdAt, evaluation }, encodeArtifact(artifact))
      return { version, digest }
    },
    list: async () => {
      const aliases = Object.entries(await store.aliases(detector))
      return (await store.models(detector)).map((model) => ({
        ...model,
        aliases: aliases.filter(([, version]) => version === model.version).map(([alias]) => alias),
      }))
    },
    promote: (version, alias, reason) => store.setAlias(detector, alias, version, reason),
    rollBack: async (reason) => {
      const version = before(await store.aliasHistory(detector, 'champion'))
      if (version === undefined) throw noneBefore(detector)
      await store.setAlias(detector, 'champion', version, reason)
      return version
    },
    current: async (alias) => {
      const version = (await store.aliases(detector))[alias]
      if (version === undefined) return undefined
      const current = await at(version)
      // An alias refers to a stored version, and versions are never deleted.
      if (!current) throw new TypeError(`${detector}: ${alias} names version ${version}, which is not stored`)
      return current
    },
    moveThreshold: async (version, change) => {
      if (!(await store.models(detector)).some((model) => model.version === version)) throw unknownModel(version)
      await store.moveThreshold(detector, version, change)
    },
    load: at,
  }

  /** The version at the operating point that counts now: the same object as long as that stays. */
  async function at(version: number): Promise<LoadedModel | undefined> {
    const [moved] = await store.thresholdChanges(detector, version, 1)
    const known = loaded.get(version) ?? (await stored(version))
    if (!known) return undefined
    const current = moved ? movedTo(known, moved.threshold) : known
    loaded.delete(version)
    loaded.set(version, current)
    if (loaded.size > keptVersions) loaded.delete(loaded.keys().next().value!)
    return current
  }

  async function stored(version: number): Promise<LoadedModel | undefined> {
    const bytes = await store.artifact(detector, version)
    if (!bytes) return undefined
    const artifact = decodeArtifact(bytes)
    return { version, artifact, model: loadModel(artifact), isMoved: false }
  }
}

function movedTo(loaded: LoadedModel, threshold: number): LoadedModel {
  const { artifact } = loaded
  if (threshold === artifact.operatingPoint.threshold) return loaded
  return {
    ...loaded,
    isMoved: true,
    artifact: { ...artifact, operatingPoint: { ...artifact.operatingPoint, threshold } },
  }
}

function unknownModel(version: number): TocsinError {
  return new TocsinError(
    'MODEL_UNKNOWN',
    `There is no version ${version}; expected one of this detector; tocsin models lists them.`,
  )
}

/** Who was champion before the present one. A return to the one before is a step back, so two roll backs go two steps back, and not back and forth. */
function before(history: readonly (number | null)[]): number | undefined {
  const steps: number[] = []
  for (const version of history) {
    if (version === null || version === steps.at(-1)) continue
    if (version === steps.at(-2)) steps.pop()
    else steps.push(version)
  }
  return steps.at(-2)
}

function noneBefore(detector: string): TocsinError {
  const message = `${detector} has had no other champion before this one; expected one to go back to. Promote a version.`
  return new TocsinError('MODEL_FIRST', message)
}

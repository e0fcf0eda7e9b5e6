// A file and a person's choices in, a trained detector and its tocsin.yaml out: the first run, from an empty installation to a live one.

import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Config, configJsonSchema, readConfig } from '../config.ts'
import { TocsinError } from '../core/error.ts'
import { openRegistry } from '../registry/registry.ts'
import type { Store } from '../store/store.ts'
import type { Setup, SetupChoices, SetupState } from '../web/services.ts'
import { runTask, type SetupTask, type TaskAnswers, type TaskProgress } from './setupTask.ts'
import { starter } from './starter.ts'
import { openUpload } from './upload.ts'

/** Who started the system, as Setup sees it. */
export type SetupHost = {
  /** Where the configuration is, or goes. */
  readonly path: string
  /** A configuration that is there is not changed: its columns count. */
  readonly isConfigured: boolean
  readonly environment: NodeJS.ProcessEnv
  /** What the Setup before this one ended with. */
  readonly trained: SetupState['trained']
  /** The configuration was written: the system is to start again with it. */
  readonly onWritten: (trained: SetupState['trained']) => void
}

type SetupOptions = SetupHost & { readonly config: Config; readonly store: Store }

const silenceMs = 60_000
const progressEveryMs = 150
/** The answer must have left before the system starts again. */
const farewellMs = 250

/** Nothing of an earlier run is kept. */
export async function openSetup(options: SetupOptions): Promise<Setup & { close(): Promise<void> }> {
  const { config, store, path, isConfigured, environment, onWritten, trained } = options
  const dir = join(config.dataDir, 'setup')
  const maxBytes = config.web.maxUploadBytes
  const listeners = new Set<(state: SetupState) => void>()
  const fresh = { phase: 'file', file: null, inspected: null, checked: null, progress: null, problem: null } as const
  let state: SetupState = {
    ...{ isConfigured, needsToken: config.web.token !== undefined, maxBytes, trained },
    ...fresh,
  }
  let filePath: string | undefined
  let working = new AbortController()
  let chosen = config

  const change = (parts: Partial<SetupState>) => {
    state = { ...state, ...parts }
    for (const listener of listeners) listener(state)
  }
  const upload = openUpload({ dir, maxBytes, silenceMs, onLost: () => change({ ...fresh, trained: null }) })
  await upload.clear()

  const isLive = async () => (await store.aliases(config.detector)).champion !== undefined
  const checkOpen = async () => {
    if (await isLive())
      throw new TocsinError(
        'SETUP_DONE',
        `${config.detector} is live; expected a detector without a champion; train it again with: tocsin train`,
      )
    if (state.progress)
      throw new TocsinError('SETUP_BUSY', 'Setup is at work; expected it to be idle; wait, or stop it')
  }
  const fileAtHand = () => {
    if (filePath === undefined)
      throw new TocsinError('SETUP_NO_FILE', 'there is no file yet; expected one with labelled history; send it first')
    return filePath
  }

  /** Works in a thread; what it says shows in the state. Does not reject. */
  const work = async <Kind extends SetupTask['kind']>(
    task: Extract<SetupTask, { kind: Kind }>,
    stage: string,
    back: SetupState['phase'],
    onDone: (answer: TaskAnswers[Kind]) => Partial<SetupState>,
  ) => {
    working = new AbortController()
    const { signal } = working
    let saidAt = 0
    const onProgress = (progress: TaskProgress) => {
      if (performance.now() - saidAt < progressEveryMs) return
      saidAt = performance.now()
      change({ progress })
    }
    change({ progress: { stage, share: 0 }, problem: null })
    const parts = await runTask(task, { signal, onProgress }).then(onDone, (error: unknown): Partial<SetupState> => {
      if (!(error instanceof TocsinError))
        return { phase: back, problem: { code: 'SETUP_FAILED', message: String(error) } }
      if (error.code === 'SETUP_STOPPED' && signal.aborted) return { phase: back }
      // A person knows the file by its name, not by where it lies meanwhile.
      return { phase: back, problem: { code: error.code, message: error.message.replaceAll(`${dir}/`, '') } }
    })
    change({ ...parts, progress: null })
  }
  const configOf = (choices: SetupChoices): Config => {
    if (isConfigured) return config
    refuseReferences(choices)
    const { dataDir, store: kept, web, stream } = config
    return { ...readConfig(textOf(choices), path, environment), dataDir, store: kept, web, stream }
  }

  return {
    state: async () => ((await isLive()) ? { ...state, phase: 'live' } : state),
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    receive: async (part) => {
      await checkOpen()
      if (part.offset === 0) filePath = undefined
      const { received, path: whole } = await upload.add(part).catch(async (error: unknown) => {
        // Begin again: a half of a file is none.
        await upload.clear()
        change(fresh)
        throw error
      })
      const { name, bytes } = part
      change({ ...fresh, phase: whole ? 'file' : 'receiving', file: { name, bytes, received }, trained: null })
      if (whole === null) return state
      filePath = whole
      void work({ kind: 'inspect', path: whole }, 'Reading the file', 'file', (inspected) => ({
        ...{ inspected, phase: 'choosing' },
      }))
      return state
    },
    forget: async () => {
      working.abort()
      await upload.clear()
      filePath = undefined
      change({ ...fresh, trained: null })
      return state
    },
    check: async (choices) => {
      await checkOpen()
      const task = { kind: 'check', path: fileAtHand(), config: configOf(choices) } as const
      change({ checked: null })
      void work(task, 'Looking for leaks', 'choosing', (checked) => ({ checked, phase: 'choosing' }))
      return state
    },
    train: async (choices) => {
      await checkOpen()
      chosen = configOf(choices)
      const task = { kind: 'train', path: fileAtHand(), config: chosen } as const
      change({ phase: 'training', trained: null })
      void work(task, 'Reading the file', 'choosing', (done) => ({
        phase: 'trained',
        trained: { ...done, detector: chosen.detector, yaml: isConfigured ? null : textOf(choices) },
      }))
      return state
    },
    stop: async () => {
      working.abort()
      return state
    },
    report: async () => {
      const { trained: ready } = state
      return (ready && (await store.training(ready.detector, ready.version))?.html) ?? undefined
    },
    goLive: async () => {
      await checkOpen()
      const { trained: ready } = state
      if (!ready) throw new TocsinError('SETUP_NOT_TRAINED', 'there is no trained model yet; expected one; train first')
      if (ready.yaml !== null) await writeConfig(path, ready.yaml)
      await openRegistry({ store, detector: ready.detector }).promote(
        ready.version,
        'champion',
        'set up in the console',
      )
      await upload.clear()
      change({ phase: 'live' })
      if (ready.yaml !== null) setTimeout(() => onWritten(ready), farewellMs)
      return state
    },
    close: async () => {
      working.abort()
      await upload.clear()
    },
  }
}

// A configuration may take values from the environment and from files: nobody reads those through the name of a column.
function refuseReferences(choices: SetupChoices): void {
  if (!JSON.stringify(choices).includes('${')) return
  const message = 'a name holds "${", which a configuration would take for a variable; expected none; rename the column'
  throw new TocsinError('CONFIG_INVALID', message)
}

function textOf({ label, anomaly, time, amount, entity, id, ...others }: SetupChoices): string {
  const roles = { time, amount, entity, id }
  const known = Object.fromEntries(Object.entries(roles).filter(([, column]) => column !== null))
  return starter({ ...others, ...known, label: anomaly === '1' ? label : { column: label, anomaly } })
}

/** Never over one that is there. Throws `CONFIG_EXISTS`, `CONFIG_IO`. */
async function writeConfig(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    await writeFile(join(dirname(path), 'tocsin.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new TocsinError(
        'CONFIG_EXISTS',
        `${path} is there already; expected none; remove it, or start again with it`,
      )
    throw new TocsinError('CONFIG_IO', `${path} could not be written: ${found}; make the folder writable`, { cause })
  }
}

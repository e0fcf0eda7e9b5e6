// A data folder in, the right to be the only running system in it out; the operating system takes it back from a dead process.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TocsinError } from '../core/error.ts'
import type { Lease } from './store.ts'

type Lock = { release(): Promise<void> }

/**
 * Takes the folder (made where missing) for this process, until released or until the process ends in any way.
 * Throws `DATA_DIR_IN_USE` where another system, in this process or another, has it.
 */
export async function lockDataDir(dir: string): Promise<Lock> {
  await mkdir(dir, { recursive: true })
  const lock = tryLock(join(dir, 'lock'))
  if (!lock) throw inUse(dir)
  return lock
}

/** The right to do what is named so, within one data folder; undefined where another has it. */
export async function leaseIn(dir: string, name: string): Promise<Lease | undefined> {
  const lock = tryLock(join(dir, `lease-${name.replaceAll(/[^a-zA-Z0-9-]/g, '_')}`))
  return lock && { ...lock, lost: new AbortController().signal }
}

/** Undefined where another has it, in this process or another. */
function tryLock(file: string): Lock | undefined {
  // An exclusive SQLite transaction is a lock that works on every platform and never outlives its process. Nothing is written.
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('begin exclusive')
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return { release: async () => void (db.isOpen && db.close()) }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function inUse(dir: string): TocsinError {
  return new TocsinError(
    'DATA_DIR_IN_USE',
    `${dir} is in use by another running Tocsin; expected a data folder that no other uses. ` +
      'Stop the other one, or choose another folder (dataDir).',
  )
}

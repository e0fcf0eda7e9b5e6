// A data folder in, the right to be the only running system in it out; the operating system takes it back from a dead process.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TocsinError } from '../core/error.ts'

export type DataDirLock = { release(): Promise<void> }

/**
 * Takes the folder (made where missing) for this process, until released or until the process ends in any way.
 * Throws `DATA_DIR_IN_USE` where another system, in this process or another, has it.
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  await mkdir(dir, { recursive: true })
  // An exclusive SQLite transaction is a lock that works on every platform and never outlives its process. Nothing is written.
  const db = new DatabaseSync(join(dir, 'lock'), { timeout: 0 })
  try {
    db.exec('begin exclusive')
  } catch (error) {
    db.close()
    throw isBusy(error) ? inUse(dir, error) : error
  }
  return { release: async () => void (db.isOpen && db.close()) }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function inUse(dir: string, cause: unknown): TocsinError {
  return new TocsinError(
    'DATA_DIR_IN_USE',
    `${dir} is in use by another running Tocsin; expected a data folder that no other uses. ` +
      'Stop the other one, or choose another folder (dataDir).',
    { cause },
  )
}

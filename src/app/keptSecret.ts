// A file's name in, the secret that it holds out; made and kept for next time where there is none.

import { readFile, writeFile } from 'node:fs/promises'
import { TocsinError } from '../core/error.ts'

/** Only the owner may read it. Two processes that make it at the same time agree on the first. Throws `SECRET_UNREADABLE`. */
export async function keptSecret(path: string, make: () => Promise<string>): Promise<string> {
  try {
    await writeFile(path, await make(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  const text = await readFile(path, 'utf8')
  if (text !== '') return text
  throw new TocsinError(
    'SECRET_UNREADABLE',
    `${path} is empty; expected the secret that was kept there. Remove the file: a new one is made`,
  )
}

/** As `keptSecret`, made only where it is needed: asked for the first time. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

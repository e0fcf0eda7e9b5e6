// The text of a tocsin.yaml in; out come its values, with secrets and the environment filled in, and the line on which each stands.

import { readFileSync } from 'node:fs'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { TocsinError } from '../core/error.ts'
import { summary } from './mistakes.ts'

/** `missing`: environment variables and files that are not there. `lineAt`: undefined where nothing is written. */
type Written = {
  readonly values: unknown
  readonly missing: readonly string[]
  lineAt(keys: readonly PropertyKey[]): number | undefined
}

/** `path` is for messages. Throws `CONFIG_INVALID` where the text is no YAML. */
export function readYaml(text: string, path: string, environment: NodeJS.ProcessEnv): Written {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    const details = document.errors.map(
      ({ message, linePos }) => `line ${linePos?.[0].line ?? 1}: ${message.split('\n')[0]}`,
    )
    throw new TocsinError('CONFIG_INVALID', summary(path, details), { details })
  }
  const missing: string[] = []
  const values = fillEnvironment(document.toJS() ?? {}, environment, missing)
  const lineAt = (keys: readonly PropertyKey[]) => {
    const offset = offsetOf(document.contents, keys)
    return offset === undefined ? undefined : lines.linePos(offset).line
  }
  return { values, missing, lineAt }
}

function fillEnvironment(value: unknown, environment: NodeJS.ProcessEnv, missing: string[]): unknown {
  if (typeof value === 'string')
    return value
      .replace(/\$\{file:([^}]+)\}/g, (_, file: string) => secretFile(file, missing))
      .replace(/\$\{([A-Za-z_]\w*)\}/g, (_, variable: string) => {
        const found = environment[variable]
        if (found === undefined)
          missing.push(`environment variable ${variable} is not set; export it, or write the value`)
        return found ?? 'unset-environment-variable'
      })
  if (Array.isArray(value)) return value.map((item) => fillEnvironment(item, environment, missing))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, held]) => [key, fillEnvironment(held, environment, missing)]),
    )
  return value
}

// As Docker, Kubernetes and systemd hand secrets over; the line break at the end is an editor's.
function secretFile(file: string, missing: string[]): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    missing.push(
      `file ${file} cannot be read (${error instanceof Error && 'code' in error ? error.code : error}); write it, or the value`,
    )
    return 'unread-file'
  }
}

function offsetOf(node: Node | null, keys: readonly PropertyKey[]): number | undefined {
  let offset = node?.range?.[0]
  let at: unknown = node
  for (const key of keys) {
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && item.key.value === key)
      if (!pair) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      at = pair.value
    } else if (isSeq(at) && typeof key === 'number') {
      at = at.items[key]
      offset = (at as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

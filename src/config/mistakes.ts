// What the schema dislikes in, an error out that names each mistake’s line, path and nearest right name.

import type { z } from 'zod'
import { nearestName, TocsinError } from '../core/error.ts'
import { configJsonSchema } from './schema.ts'

type Issue = z.core.$ZodIssue

export function invalid(
  path: string,
  issues: readonly Issue[],
  lineAt: (keys: readonly PropertyKey[]) => number | undefined,
  missing: readonly string[] = [],
): TocsinError {
  const single = issues.flatMap(closestBranch)
  // A misspelt key is one mistake, not also a missing one.
  const meant = new Set(
    single.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => meantPath(issue.path, key)) : [],
    ),
  )
  const findings = single.filter((issue) => issue.code !== 'invalid_type' || !meant.has(issue.path.join('.')))
  const details = [...missing, ...findings.flatMap((issue) => describe(issue, lineAt))]
  return new TocsinError('CONFIG_INVALID', summary(path, details), { details })
}

export function summary(path: string, details: readonly string[]): string {
  const count = details.length === 1 ? 'one mistake' : `${details.length} mistakes`
  return `${path}: ${count}\n${details.map((detail) => `  - ${detail}`).join('\n')}`
}

function describe(issue: Issue, lineAt: (keys: readonly PropertyKey[]) => number | undefined): string[] {
  const at = (keys: readonly PropertyKey[]) => {
    const line = lineAt(keys)
    return `${line === undefined ? '' : `line ${line}: `}${keys.map(String).join('.') || 'the file'}`
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const near = nearestName(key, keysAt(issue.path))
      const known = keysAt(issue.path)
      return `${at([...issue.path, key])}: unknown key${near ? `; did you mean "${near}"?` : known.length ? `; known: ${known.join(', ')}` : ''}`
    })
  if (issue.code === 'invalid_union') {
    const expected = issue.errors.flat().map(({ message }) => message.replace('Invalid input: ', ''))
    return [`${at(issue.path)}: ${[...new Set(expected)].join(', or ') || issue.message}`]
  }
  return [`${at(issue.path)}: ${issue.message.replace('Invalid input: ', '')}`]
}

// Where one branch of a union only dislikes details, its findings say more than "invalid input".
function closestBranch(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? []
  if (depth(closest) === 0) return [issue]
  return closest.flatMap((inner) => closestBranch({ ...inner, path: [...issue.path, ...inner.path] }))
}

function meantPath(path: readonly PropertyKey[], key: string): string {
  return [...path, nearestName(key, keysAt(path)) ?? key].join('.')
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))
}

// The keys that the schema knows at a path, through its JSON form: one walk for objects, unions and defaults alike.
function keysAt(path: readonly PropertyKey[]): string[] {
  type Shape = {
    properties?: Record<string, Shape>
    anyOf?: Shape[]
    oneOf?: Shape[]
    additionalProperties?: Shape | boolean
    items?: Shape
  }
  const branches = (shape: Shape): Shape[] => [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])]
  let shapes: Shape[] = branches(configJsonSchema() as Shape)
  for (const key of path)
    shapes = shapes.flatMap((shape) => {
      const rest = typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined
      const next = typeof key === 'number' ? shape.items : (shape.properties?.[String(key)] ?? rest)
      return next ? branches(next) : []
    })
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape.properties ?? {})))]
}

// A Python that has boto3: its path, or why there is none (scripts/install-servers.sh makes one).

import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Found } from './server.ts'

export function findBoto3(): Found {
  const places = [join(homedir(), '.cache/tocsin/python'), resolve(import.meta.dirname, '../../../bench/.rivals')]
  for (const python of [...places.map((place) => join(place, 'bin/python')), 'python3'])
    if (imports(python)) return { path: python }
  return { missing: 'needs a Python with boto3 (scripts/install-servers.sh), which is not on this machine' }
}

function imports(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import boto3'], { stdio: 'ignore', timeout: 30_000 })
    return true
  } catch {
    return false
  }
}

// The package as a user gets it: packed, installed into an empty folder, the demo run there, its types checked. `npm run try-package`.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '..')
const dir = mkdtempSync(join(tmpdir(), 'tocsin-package-'))
const run = (command: string, args: readonly string[], cwd = dir) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  const tarball = run('npm', ['pack', '--silent', '--pack-destination', dir], repository).trim().split('\n').at(-1)!
  writeFileSync(join(dir, 'package.json'), '{"type": "module", "private": true}\n')
  run('npm', ['install', '--silent', join(dir, tarball)])
  const packages = readdirSync(join(dir, 'node_modules')).filter((name) => !name.startsWith('.')).length
  console.log(
    `${tarball}: ${(statSync(join(dir, tarball)).size / 1e3).toFixed(0)} kB; installs ${packages} packages, ${sizeMb(join(dir, 'node_modules'))} MB`,
  )

  copyFileSync(join(repository, 'examples/library.ts'), join(dir, 'library.ts'))
  const tsc = join(repository, 'node_modules/.bin/tsc')
  const types = ['--typeRoots', join(repository, 'node_modules/@types'), '--types', 'node']
  run(tsc, [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    ...types,
    'library.ts',
  ])
  console.log(run(process.execPath, ['library.ts']).trimEnd())
  console.log(run('npx', ['tocsin', 'demo', '--exit', '--port', '0']).split('\n').slice(-9).join('\n').trimEnd())
} finally {
  rmSync(dir, { recursive: true, force: true })
}

function sizeMb(path: string): number {
  const bytes = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  return Math.round(bytes / 1e6)
}

// Adds to package-lock.json the other platforms' optional packages that npm left out, so that `npm ci` accepts it everywhere.
// A registry mirror may lack packages of platforms that nobody there uses; npm then writes a lock file without them, and refuses
// to install from it. Run it after `npm install`: node scripts/lock.ts

import { readFileSync, writeFileSync } from 'node:fs'

type Locked = { version?: string; optionalDependencies?: Record<string, string>; dev?: boolean }
type Lock = { packages: Record<string, Locked & Record<string, unknown>> }

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'aix', 'netbsd', 'openbsd', 'sunos']
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'wasm32']

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
const added: string[] = []
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const place = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[place] || !platform || !/^\d/.test(version)) continue
    lock.packages[place] = { version, ...platform, ...(dev ? { dev } : {}), optional: true }
    added.push(name)
  }
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(added.length === 0 ? 'nothing was missing' : `added ${added.join(', ')}`)

// A platform package is named after its platform: `@biomejs/cli-linux-arm64-musl`, `@swc/core-win32-x64-msvc`.
function platformOf(name: string): { os?: string[]; cpu: string[] } | undefined {
  const words = name.split(/[-/]/)
  const cpu = words.flatMap((word) => processors.find((known) => word.replace(/^armv7$/, 'arm') === known) ?? [])
  const os = words.flatMap((word) => systems.find((known) => word === known) ?? [])
  if (cpu.length === 0) return undefined
  return os.length > 0 ? { os, cpu } : { cpu }
}

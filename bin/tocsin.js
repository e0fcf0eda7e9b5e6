#!/usr/bin/env node
// Finds a Node new enough to run Tocsin, then hands it the command line. Plain JavaScript, so that an old Node can read it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const fromSource = existsSync(at('../src/cli/main.ts'))

if (fromSource && !existsSync(at('../dist/console/index.html')))
  spawnSync(process.execPath, [at('../node_modules/vite/bin/vite.js'), 'build', 'console', '--logLevel', 'error'], {
    cwd: at('..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })

if (Number(process.versions.node.split('.')[0]) >= 24)
  await import(fromSource ? '../src/cli/main.ts' : '../dist/cli/main.js')
else withPinnedNode()

function withPinnedNode() {
  const node = pinnedNode()
  if (!node) {
    console.error(
      `tocsin: needs Node 24 or newer; this is Node ${process.versions.node}. Install Node 24, or add it here: npm install node@24`,
    )
    process.exit(70)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

function pinnedNode() {
  const require = createRequire(import.meta.url)
  const windows = process.platform === 'win32'
  for (const name of [
    `node-${process.platform.replace('win32', 'win')}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ])
    try {
      return require.resolve(`${name}/bin/node${windows ? '.exe' : ''}`)
    } catch {
      // not installed: optional, one for each platform
    }
  return undefined
}

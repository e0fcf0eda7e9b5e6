// The browser application → dist/console: an index.html and hashed files, nothing inline and nothing from elsewhere.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const server = 'http://127.0.0.1:4380'

const outDir = '../dist/console'

// Compressed once, here, and as small as can be: the server only picks what the browser takes.
function compressed(): Plugin {
  const dir = resolve(import.meta.dirname, outDir)
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.(js|css|html|svg)$/.test(name),
      )
      for (const path of files.map((name) => join(dir, name))) {
        const bytes = readFileSync(path)
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  base: '/',
  plugins: [react(), compressed()],
  build: {
    outDir,
    emptyOutDir: true,
    // The page's Content-Security-Policy allows files of its own origin only: no data: addresses, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: { proxy: { '/v1': server, '/reports': server } },
})

// The browser application → dist/console: an index.html and hashed files, nothing inline and nothing from elsewhere.

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:4380'

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // The page's Content-Security-Policy allows files of its own origin only: no data: addresses, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: { proxy: { '/v1': server, '/reports': server } },
})

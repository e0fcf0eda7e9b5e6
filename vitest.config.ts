import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.{ts,tsx}'],
    setupFiles: ['test/seed.ts'],
    // Against hanging only: a busy machine may take its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only take turns, and the end-to-end tests start processes of their own.
    maxWorkers: 2,
  },
})

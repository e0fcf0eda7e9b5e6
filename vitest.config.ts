import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.{ts,tsx}'],
    setupFiles: ['test/seed.ts'],
    testTimeout: 20_000,
    // Two cores: more workers than that only take turns, and the end-to-end tests start processes of their own.
    maxWorkers: 2,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/database-server.ts'],
    // Each file has a database of its own; the modules hold no state, so workers may keep them.
    isolate: false,
    // Node runs the sources itself, as in production: one copy of graphql, and no second compiler.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

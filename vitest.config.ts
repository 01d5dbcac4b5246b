import { defineConfig } from 'vitest/config'

/** What takes long, and moves whole to `npm run test:slow`; a small one of each kind stays in `npm test`. */
export const slowTests = [
  'test/browser/pages.test.ts',
  'test/browser/storefront.test.ts',
  'test/clients/clients.test.ts',
  'test/platform/database/embedded-killed.test.ts',
  'test/platform/events/at-length.test.ts',
  'test/platform/events/many-streams.test.ts',
  'test/platform/events/relay.test.ts',
  'test/platform/events/soak.test.ts',
  'test/platform/webhooks/failing-receiver.test.ts',
  'test/property/killed-server.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: slowTests,
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

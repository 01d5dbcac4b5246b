import { defineConfig } from 'vitest/config'
import { testsLeftOut } from './scripts/adopt/shop/left-out.ts' // shop

/** Files of tests that are not of the domain which src/schema.ts serves. */
export const otherTests: string[] = []
otherTests.push(...testsLeftOut()) // shop

/** What takes long, and moves whole to `npm run test:slow`; a small one of each kind stays in `npm test`. */
export const slowTests = [
  'test/platform/bulk/killed-import.shop.test.ts',
  'test/platform/persons/killed-erasure.shop.test.ts',
  'test/browser/next.test.ts',
  'test/browser/pages.test.ts',
  'test/browser/short-visit.test.ts',
  'test/browser/storefront.test.ts',
  'test/clients/clients.test.ts',
  'test/clients/rest.test.ts',
  'test/attack/bounds.shop.test.ts',
  'test/second-domain/changes.test.ts',
  'test/second-domain/grants.test.ts',
  'test/second-domain/many-to-many.test.ts',
  'test/second-domain/nullable-sorts.test.ts',
  'test/platform/execution/replica-alone.shop.test.ts',
  'test/platform/reports/own-report.shop.test.ts',
  'test/platform/bulk/running-export.shop.test.ts',
  'test/platform/bulk/interrupted-export.shop.test.ts',
  'test/platform/bulk/export-job.shop.test.ts',
  'test/platform/bulk/long-export-job.shop.test.ts',
  'test/commerce/load-test.test.ts',
  'test/commerce/services/faults.test.ts',
  'test/second-domain/keys.test.ts',
  'test/platform/database/deadlines.shop.test.ts',
  'test/platform/database/embedded.test.ts',
  'test/platform/events/streams.shop.test.ts',
  'test/platform/bulk/s3.shop.test.ts',
  'test/platform/database/embedded-killed.test.ts',
  'test/platform/database/poolers.shop.test.ts',
  'test/platform/database/promotion.shop.test.ts',
  'test/platform/database/replicas.shop.test.ts',
  'test/platform/events/at-length.shop.test.ts',
  'test/platform/events/many-streams.shop.test.ts',
  'test/platform/events/relay.shop.test.ts',
  'test/platform/events/soak.shop.test.ts',
  'test/deploy/rolling-restarts.shop.test.ts',
  'test/platform/webhooks/deliver.shop.test.ts',
  'test/platform/webhooks/failing-receiver.shop.test.ts',
  'test/property/killed-server.test.ts',
  'test/warehouse/warehouse.test.ts',
  'test/scripts/adopt/adopted-again.test.ts',
  'test/scripts/adopt/adopted-people.test.ts',
  'test/scripts/adopt/adopted-chinook.test.ts',
  'test/scripts/adopt/adopted-hostile.test.ts',
  'test/scripts/adopt/hostile-answers.test.ts',
  'test/scripts/adopt/fresh-clone.test.ts',
  'test/scripts/adopt/walk.test.ts',
  'test/scripts/adopt/killed-adopt.test.ts',
  'test/scripts/adopt/remove-shop.shop.test.ts',
  'test/scripts/adopt/refusals.test.ts',
  'test/scripts/adopt/stable-files.test.ts',
  'test/scripts/adopt/adopted-writes.test.ts',
  'test/scripts/adopt/adopted-tests.test.ts',
  'test/scripts/adopt/drill.test.ts',
  'test/property/read-your-writes.test.ts',
  'test/warehouse/killed-warehouse.test.ts',
  'test/warehouse/integration-page.test.ts',
  'test/gateway/gateway.shop.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...slowTests, ...otherTests],
    globalSetup: ['test/support/database-server.ts'],
    // Each file has a database of its own; the modules hold no state, so workers may keep them.
    isolate: false,
    // Node runs the sources itself, as in production: one copy of graphql, and no second compiler.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    maxWorkers: 2,
    // A worker starts many servers one after the other: a larger young generation is collected less often.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

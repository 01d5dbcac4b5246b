import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import suite, { otherTests, slowTests } from '../vitest.config.ts'

/** For `npm run test:slow`: what takes too long for `npm test`, and what that does in small, at length. */
export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    ...suite.test,
    // Machines differ in speed by a factor of four.
    testTimeout: 120_000,
    include: [
      ...slowTests,
      'test/contract/denial-matrix.shop.test.ts',
      'test/platform/bulk/import-like-calls.shop.test.ts',
      'test/platform/execution/compiled-execution.shop.test.ts',
      'test/platform/database/prepared-reads.shop.test.ts',
      'test/platform/limits/query-cost.shop.test.ts',
    ],
    exclude: otherTests,
    env: {
      COMPILED_DOCUMENTS: '5000',
      PREPARED_READS: '5000',
      COST_QUERIES: '2000',
      DENIAL_STEPS: '3',
      FLOOD_TIMES: '40',
      IMPORT_LINES: '600',
    },
  },
})

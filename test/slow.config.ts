import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import suite, { slowTests } from '../vitest.config.ts'

/**
 * For `npm run test:slow`: what takes too long for `npm test`, and its random tests again, with as many documents, reads and
 * queries as take minutes.
 */
export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    ...suite.test,
    include: [
      ...slowTests,
      'test/platform/execution/compiled-execution.test.ts',
      'test/platform/database/prepared-reads.test.ts',
      'test/platform/limits/query-cost.test.ts',
    ],
    exclude: [],
    env: { COMPILED_DOCUMENTS: '5000', PREPARED_READS: '5000', COST_QUERIES: '2000' },
  },
})

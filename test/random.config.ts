import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import suite from '../vitest.config.ts'

/**
 * For `npm run test:random`: what `npm test` tries with some hundred random documents, reads and queries, with as many as take
 * minutes.
 */
export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    ...suite.test,
    include: ['test/platform/{compiled-execution,prepared-reads,query-cost}.test.ts'],
    env: { COMPILED_DOCUMENTS: '5000', PREPARED_READS: '5000', COST_QUERIES: '2000' },
  },
})

import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** For `npm run check`: the rules of imports and words need no PostgreSQL, which the suite would start. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: ['test/contract/import-direction.test.ts', 'test/contract/words*.test.ts'],
    experimental: { viteModuleRunner: false },
  },
})

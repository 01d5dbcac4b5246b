import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOfShop, servesShop, shopPatterns } from './files.ts'

const root = join(import.meta.dirname, '../../..')

/** Patterns of the shop's tests while src/schema.ts serves another domain, which is said; otherwise none. */
export function testsLeftOut(): string[] {
  if (servesShop(readFileSync(join(root, 'src/schema.ts'), 'utf8'))) return []
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter(isOfShop)
  console.warn(
    `${files.length} files of tests are left out: they are the shop's, and src/schema.ts serves another domain. They go with: npm run adopt -- --remove-shop`,
  )
  return [...shopPatterns]
}

import { glob, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of installed packages that no command of this project reads: some 250 MB. A package's own package.json stays. */
const unused = [
  // C++ headers of Node: nothing is compiled here.
  'node/node_modules/node-*/include',
  // Prisma's query compilers for other databases.
  '@prisma/client/runtime/*.{cockroachdb,mysql,sqlite,sqlserver}.*',
  // Prisma Studio, `prisma dev` and what only they load. The CLI generates the client without them.
  '@prisma/{dev,studio-core,streams-local,query-plan-executor}/dist',
  '@electric-sql/*/dist',
  'elkjs/lib',
  '@visx/*/{lib,esm}',
  'remeda/dist',
  'effect/src',
  // Source maps: no error of a package is traced to its original source.
  '**/*.map',
]

const packages = join(import.meta.dirname, '../node_modules')
for await (const path of glob(unused, { cwd: packages }))
  await rm(join(packages, path), { recursive: true, force: true })

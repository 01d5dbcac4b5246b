import { glob, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of installed packages that no command of this project reads: some 250 MB. Each package.json stays. */
const unused = [
  // C++ headers of Node. Nothing here is compiled against them.
  'node/node_modules/node-*/include',
  // Prisma's query compilers for other databases, and for bundles in CommonJS.
  '@prisma/client/runtime/*.{cockroachdb,mysql,sqlite,sqlserver}.*',
  '@prisma/client/runtime/*.wasm-base64.js',
  'prisma/build/*.{cockroachdb,mysql,sqlite,sqlserver}.*',
  // Prisma Studio and the database of `prisma dev`.
  '@prisma/studio-core/dist/{ui,*.json}',
  '@electric-sql/*/dist',
  'elkjs/lib',
  '@visx/*/{lib,esm}',
  'prisma/build/studio.js',
  // Sources and source maps: an error in a package is traced to the code that runs.
  'effect/src',
  '**/*.map',
]

const packages = join(import.meta.dirname, '../node_modules')
for await (const path of glob(unused, { cwd: packages }))
  await rm(join(packages, path), { recursive: true, force: true })

import { mkdir, writeFile } from 'node:fs/promises'
import { loadFromSDL, minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal'

// Does what `gql.tada generate output` does. That command reads its settings through TypeScript's JavaScript API, which
// TypeScript 7 does not have.
const folder = new URL('generated/', import.meta.url)
const { introspection } = await loadFromSDL({ file: '../../schema.graphql' }).load()
await mkdir(folder, { recursive: true })
await writeFile(
  new URL('introspection.d.ts', folder),
  outputIntrospectionFile(minifyIntrospection(introspection), { fileType: '.d.ts', shouldPreprocess: true }),
)

import { mkdir, writeFile } from 'node:fs/promises'
import { loadFromSDL, minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal'

// What `gql.tada generate output` does. That command asks TypeScript's JavaScript API for its settings, which TypeScript 5
// and 6 have and 7 has not.
const folder = new URL('generated/', import.meta.url)
const { introspection } = await loadFromSDL({ file: '../../schema.graphql' }).load()
await mkdir(folder, { recursive: true })
await writeFile(
  new URL('introspection.d.ts', folder),
  outputIntrospectionFile(minifyIntrospection(introspection), { fileType: '.d.ts', shouldPreprocess: true }),
)

import { readFileSync, statSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import type { DocumentHash } from './document-id.ts'
import { type Manifest, readManifest } from './manifest.ts'

/**
 * The documents of a site that may be built while the server runs, in development: an unknown id reads the manifest of a
 * newer build. Documents that do not fit the schema are left out.
 */
export class BuiltDocuments {
  readonly #path: string
  readonly #schema: GraphQLSchema
  #manifest: Manifest = new Map()
  /** When the manifest that was read was written, as a file's time in milliseconds. */
  #writtenAt: number | undefined

  constructor(path: string, schema: GraphQLSchema) {
    this.#path = path
    this.#schema = schema
  }

  find(hash: DocumentHash): string | undefined {
    const known = this.#manifest.get(hash)
    if (known !== undefined) return known
    this.#readNewer()
    return this.#manifest.get(hash)
  }

  #readNewer(): void {
    const writtenAt = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs
    if (writtenAt === undefined || writtenAt === this.#writtenAt) return
    this.#manifest = readManifest(readFileSync(this.#path, 'utf8'), this.#schema, () => {})
    this.#writtenAt = writtenAt
  }
}

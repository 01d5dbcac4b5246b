import { readdir, readFile, stat } from 'node:fs/promises'
import { join, parse as parsePath } from 'node:path'
import type { GraphQLSchema } from 'graphql'
import { type Config, ConfigError } from '../config/config.ts'
import { clientError, requestError } from '../errors.ts'
import { isClientName } from '../http/client.ts'
import { type DocumentHash, hashOf, parseDocumentId } from './document-id.ts'
import { type Manifest, readManifest } from './manifest.ts'

/** A document as a request asks for it: its text, ids of it, or both. */
export interface AskedDocument {
  query?: string
  /** As GraphQL over HTTP has it (`documentId`), as Apollo's clients do, or both. */
  ids: readonly string[]
}

const forAll = 'default'
const maxErrorsShown = 20

/**
 * The documents that clients were built with, from manifests read once at the start. They are an allow-list and a
 * shorthand, never a way around a limit: what is found here is limited as if it had been sent.
 */
export class TrustedDocuments {
  readonly mode: Config['trustedDocuments']['mode']
  readonly #everyone: Manifest
  readonly #byClient: ReadonlyMap<string, Manifest>

  private constructor(mode: Config['trustedDocuments']['mode'], manifests: ReadonlyMap<string, Manifest>) {
    this.mode = mode
    this.#everyone = manifests.get(forAll) ?? new Map()
    this.#byClient = manifests
  }

  /** Throws a ConfigError that names every fault of the manifests, with file and document. */
  static async read({ mode, path }: Config['trustedDocuments'], schema: GraphQLSchema): Promise<TrustedDocuments> {
    if (mode === 'off' || path === undefined) return new TrustedDocuments(mode, new Map())
    const faults: string[] = []
    const manifests = new Map<string, Manifest>()
    for (const { client, file, text } of await readFiles(path)) {
      if (!isClientName(client)) faults.push(`${file}: no client can have the name "${client}"`)
      manifests.set(
        client,
        readManifest(text, schema, (fault) => faults.push(`${file}: ${fault}`)),
      )
    }
    if (faults.length > 0) throw new ConfigError(describe(faults))
    return new TrustedDocuments(mode, manifests)
  }

  /**
   * The text to run, of what a request of this client asks for.
   *
   * Throws PERSISTED_QUERY_NOT_SUPPORTED, PERSISTED_QUERY_NOT_FOUND, BAD_REQUEST (the id is another document's) or
   * DOCUMENT_NOT_TRUSTED.
   */
  textOf({ query, ids }: AskedDocument, client: string | undefined): string | undefined {
    // These two messages are what Apollo's clients look for, to fall back to sending the document.
    if (this.mode === 'off' && ids.length > 0)
      throw clientError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
    const hashes = ids.map(parseDocumentId)
    if (new Set(hashes).size > 1) throw requestError('BAD_REQUEST', 'The ids of the document differ.')
    const [hash] = hashes
    if (query === undefined) {
      if (ids.length === 0) return undefined
      const document = hash && this.#find(hash, client)
      if (document === undefined) throw clientError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
      return document
    }
    if (ids.length > 0 && hash !== hashOf(query))
      throw requestError('BAD_REQUEST', 'The id of the document is not the SHA-256 of the "query".')
    if (this.mode === 'enforce' && !this.trusts(hashOf(query), client)) {
      const message = 'Only documents that this server was given beforehand run here, in their exact text.'
      throw requestError('DOCUMENT_NOT_TRUSTED', message)
    }
    return query
  }

  trusts(hash: DocumentHash, client: string | undefined): boolean {
    return this.#find(hash, client) !== undefined
  }

  #find(hash: DocumentHash, client: string | undefined): string | undefined {
    return this.#everyone.get(hash) ?? (client === undefined ? undefined : this.#byClient.get(client)?.get(hash))
  }
}

interface ManifestFile {
  client: string
  file: string
  text: string
}

/** One file is for all clients; in a folder each is for the client it is named after. */
async function readFiles(path: string): Promise<ManifestFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ client: forAll, file: path, text: await readFile(path, 'utf8') }]
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
    if (names.length === 0) throw new ConfigError(`TRUSTED_DOCUMENTS_PATH: the folder ${path} has no .json file.`)
    return await Promise.all(
      names.map(async (name) => {
        const file = join(path, name)
        return { client: parsePath(name).name, file, text: await readFile(file, 'utf8') }
      }),
    )
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`TRUSTED_DOCUMENTS_PATH: ${path} cannot be read: ${reason}`)
  }
}

function describe(faults: readonly string[]): string {
  const shown = faults.slice(0, maxErrorsShown).map((fault) => `  - ${fault}`)
  const more = faults.length > maxErrorsShown ? [`  … and ${faults.length - maxErrorsShown} more`] : []
  return [`The trusted documents have ${faults.length} fault(s):`, ...shown, ...more].join('\n')
}

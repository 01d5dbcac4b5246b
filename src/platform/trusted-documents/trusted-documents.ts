import { readdir, readFile, stat } from 'node:fs/promises'
import { join, parse as parsePath } from 'node:path'
import { type GraphQLSchema, Kind, parse } from 'graphql'
import { type Config, ConfigError } from '../config/config.ts'
import { clientError, requestError } from '../errors.ts'
import { isClientName } from '../http/client.ts'
import { BuiltDocuments } from './built-documents.ts'
import { type DocumentHash, hashOf, parseDocumentId } from './document-id.ts'
import { type Manifest, readManifest } from './manifest.ts'

/** How a request names its document: by text, by ids, or both. */
interface NamedDocument {
  query?: string
  /** From `documentId` (GraphQL over HTTP), from Apollo's persisted queries, or from both. */
  ids: readonly string[]
}

const forAll = 'default'
const maxErrorsShown = 20

/**
 * The documents that clients were built with, from manifests read at the start. A trusted document has the same limits as a
 * document that is sent.
 */
export class TrustedDocuments {
  readonly mode: Config['trustedDocuments']['mode']
  readonly #everyone: Manifest
  readonly #byClient: ReadonlyMap<string, Manifest>
  readonly #built: BuiltDocuments | undefined
  readonly #operations: Manifest

  private constructor(
    mode: Config['trustedDocuments']['mode'],
    manifests: ReadonlyMap<string, Manifest>,
    { operations = new Map(), built }: { operations?: Manifest | undefined; built?: BuiltDocuments },
  ) {
    this.mode = mode
    this.#everyone = manifests.get(forAll) ?? new Map()
    this.#byClient = manifests
    this.#built = built
    this.#operations = operations
  }

  /**
   * Throws a ConfigError that lists every error of the manifests, with file and document. Of manifests that are also those of
   * the whole schema (`isPart`), documents that this part of it does not take are left out: they are for other endpoints.
   * `built` is the manifest of the site in development. It serves where the settings name no other. `operations` are the
   * documents of named operations, which are trusted with every setting.
   */
  static async read(
    { mode, path }: Config['trustedDocuments'],
    schema: GraphQLSchema,
    {
      isPart = false,
      built,
      operations,
    }: { isPart?: boolean; built?: string | undefined; operations?: Manifest | undefined } = {},
  ): Promise<TrustedDocuments> {
    if (path === undefined && built !== undefined)
      return new TrustedDocuments(mode, new Map(), { operations, built: new BuiltDocuments(built, schema) })
    if (mode === 'off' || path === undefined) return new TrustedDocuments(mode, new Map(), { operations })
    const errors: string[] = []
    const manifests = new Map<string, Manifest>()
    for (const { client, file, text } of await readFiles(path)) {
      if (!isClientName(client)) errors.push(`${file}: no client can have the name "${client}"`)
      manifests.set(
        client,
        readManifest(text, schema, (error) => errors.push(`${file}: ${error}`)),
      )
    }
    if (errors.length > 0 && !isPart) throw new ConfigError(describe(errors))
    return new TrustedDocuments(mode, manifests, { operations })
  }

  /**
   * The text of the document that a request of this client names.
   *
   * Throws PERSISTED_QUERY_NOT_SUPPORTED, PERSISTED_QUERY_NOT_FOUND, BAD_REQUEST (the id is another document's) or
   * DOCUMENT_NOT_TRUSTED.
   */
  textOf({ query, ids }: NamedDocument, client: string | undefined): string | undefined {
    const hashes = ids.map(parseDocumentId)
    // Apollo's clients compare these two messages, and then send the document.
    if (this.mode === 'off' && !hashes.every((hash) => hash && this.trusts(hash, client)))
      throw clientError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
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

  /** The names of the operations in all manifests; undefined where there is no manifest. */
  get operationNames(): string[] | undefined {
    if (this.#byClient.size === 0) return undefined
    const manifests = [this.#operations, ...this.#byClient.values()]
    const documents = manifests.flatMap((manifest) => [...manifest.values()])
    const operations = documents.flatMap((text) => parse(text, { noLocation: true }).definitions)
    return operations.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? (each.name?.value ?? []) : []))
  }

  trusts(hash: DocumentHash, client: string | undefined): boolean {
    return this.#find(hash, client) !== undefined
  }

  #find(hash: DocumentHash, client: string | undefined): string | undefined {
    const ofClient = client === undefined ? undefined : this.#byClient.get(client)
    return this.#everyone.get(hash) ?? ofClient?.get(hash) ?? this.#operations.get(hash) ?? this.#built?.find(hash)
  }
}

interface ManifestFile {
  client: string
  file: string
  text: string
}

/** A single file is for all clients. In a folder each file is for the client it is named after. */
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

function describe(errors: readonly string[]): string {
  const shown = errors.slice(0, maxErrorsShown).map((error) => `  - ${error}`)
  const more = errors.length > maxErrorsShown ? [`  … and ${errors.length - maxErrorsShown} more`] : []
  return [`The trusted documents have ${errors.length} error(s):`, ...shown, ...more].join('\n')
}

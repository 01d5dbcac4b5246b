import { type GraphQLError, type GraphQLSchema, parse, validate } from 'graphql'
import { z } from 'zod'
import { type DocumentHash, hashOf, parseDocumentId } from './document-id.ts'

/** The documents of one manifest file, by their hash. */
export type Manifest = ReadonlyMap<DocumentHash, string>

const apolloFormat = 'apollo-persisted-query-manifest'
const apollo = z.object({
  format: z.literal(apolloFormat),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
})
const byHash = z.record(z.string(), z.string())

/**
 * Reads a manifest: documents by hash as GraphQL Code Generator writes them, or Apollo's list of operations. Passes each
 * error to `report`, as a sentence that names the document.
 */
export function readManifest(text: string, schema: GraphQLSchema, report: (problem: string) => void): Manifest {
  const documents = new Map<DocumentHash, string>()
  for (const [id, document] of entriesOf(text, report)) {
    const hash = parseDocumentId(id)
    const problem = hash ? problemOf(hash, document, schema) : 'the id is no SHA-256 in lower-case hex'
    if (hash && !problem) documents.set(hash, document)
    else report(`${nameOf(id, document)}: ${problem}`)
  }
  return documents
}

function entriesOf(text: string, report: (problem: string) => void): [id: string, document: string][] {
  const json = parseJson(text)
  if (json === undefined) report('it is not JSON')
  const isApollo = z.object({ format: z.unknown() }).safeParse(json).data?.format === apolloFormat
  const parsed = isApollo ? apollo.safeParse(json) : byHash.safeParse(json)
  if (json !== undefined && !parsed.success)
    report(`it is neither {"<hash>": "<document>"} nor {"format": "${apolloFormat}", "version": 1, "operations": […]}`)
  if (!parsed.success) return []
  return isManifestOfOperations(parsed.data)
    ? parsed.data.operations.map(({ id, body }) => [id, body])
    : Object.entries(parsed.data)
}

function isManifestOfOperations(manifest: object): manifest is z.infer<typeof apollo> {
  return 'operations' in manifest && Array.isArray(manifest.operations)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemOf(hash: DocumentHash, document: string, schema: GraphQLSchema): string | undefined {
  if (hashOf(document) !== hash) return 'the id is not the SHA-256 of the document'
  try {
    const [error] = validate(schema, parse(document))
    return error && located(error)
  } catch (error) {
    return error instanceof Error ? located(error) : String(error)
  }
}

function located(error: Error & Partial<Pick<GraphQLError, 'locations'>>): string {
  const [at] = error.locations ?? []
  return at ? `${error.message} (line ${at.line}, column ${at.column})` : error.message
}

/** The operation's name, with the start of the document's id. */
function nameOf(id: string, document: string): string {
  const name = /\b(?:query|mutation|subscription|fragment)\s+(\w+)/.exec(document)?.[1]
  const short = id.length > 20 ? `${id.slice(0, 19)}…` : id
  return name ? `"${name}" (${short})` : short
}

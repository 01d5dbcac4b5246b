import { createHash } from 'node:crypto'

/** SHA-256 of a document's exact text, in lower-case hex. */
export type DocumentHash = string

const prefix = 'sha256:'

export function hashOf(document: string): DocumentHash {
  return createHash('sha256').update(document).digest('hex')
}

/** The hash in `sha256:<hex>` (GraphQL over HTTP, persisted documents) or in bare hex; undefined in any other id. */
export function parseDocumentId(id: string): DocumentHash | undefined {
  const hash = id.startsWith(prefix) ? id.slice(prefix.length) : id
  return /^[\da-f]{64}$/.test(hash) ? hash : undefined
}

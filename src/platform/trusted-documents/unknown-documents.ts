import type { Log } from '../observability/log.ts'
import { nameInLog } from '../observability/operation-name.ts'
import { hashOf } from './document-id.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

/** Above this number the oldest is forgotten, and listed again when it comes again. */
const maxListed = 1000

/**
 * With TRUSTED_DOCUMENTS=log, lists once for each client every document that no manifest has, and that `enforce` would
 * refuse. It logs the document's hash only, because literals may hold personal data.
 */
export class UnknownDocuments {
  readonly #listed = new Set<string>()
  readonly #documents: TrustedDocuments
  readonly #log: Log

  constructor(documents: TrustedDocuments, log: Log) {
    this.#documents = documents
    this.#log = log
  }

  list(query: string, operation: string | undefined, client: string | undefined): void {
    const hash = hashOf(query)
    const entry = `${hash} ${client}`
    if (this.#listed.has(entry) || this.#documents.trusts(hash, client)) return
    const [oldest] = this.#listed
    if (this.#listed.size >= maxListed && oldest !== undefined) this.#listed.delete(oldest)
    this.#listed.add(entry)
    const logged = { operation: nameInLog(operation), client, documentId: `sha256:${hash}` }
    this.#log.warn(logged, 'this document is in no manifest')
  }
}

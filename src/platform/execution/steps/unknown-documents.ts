import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { hashOf } from '../../trusted-documents/document-id.ts'
import type { TrustedDocuments } from '../../trusted-documents/trusted-documents.ts'
import { requestScope } from '../request-scope.ts'

/** Of more, the first are forgotten, and listed again when they come again. */
const maxListed = 1000

/**
 * With TRUSTED_DOCUMENTS=log, each operation that no manifest has is listed once for each client: what would be refused
 * under `enforce`. The document itself is not logged, since it may hold personal data in its literals.
 */
export class UnknownDocuments {
  readonly #listed = new Set<string>()
  readonly #documents: TrustedDocuments
  readonly #log: Log

  constructor(documents: TrustedDocuments, log: Log) {
    this.#documents = documents
    this.#log = log
  }

  list(query: string, operation: string | undefined): void {
    const hash = hashOf(query)
    const client = requestScope.getStore()?.client.name
    const entry = `${hash} ${client}`
    if (this.#listed.has(entry) || this.#documents.trusts(hash, client)) return
    const [oldest] = this.#listed
    if (this.#listed.size >= maxListed && oldest !== undefined) this.#listed.delete(oldest)
    this.#listed.add(entry)
    const logged = { operation: nameInLog(operation), client, documentId: `sha256:${hash}` }
    this.#log.warn(logged, 'this document is in no manifest')
  }
}

export function useUnknownDocumentLog(unknown: UnknownDocuments): Plugin {
  return {
    onExecute({ args: { document, operationName, contextValue } }) {
      const query: unknown = contextValue.params?.query
      if (typeof query === 'string') unknown.list(query, getOperationAST(document, operationName)?.name?.value)
    },
  }
}

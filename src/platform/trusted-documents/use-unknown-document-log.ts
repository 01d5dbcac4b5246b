import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Log } from '../observability/log.ts'
import { nameInLog } from '../observability/operation-name.ts'
import { requestScope } from '../request-scope.ts'
import { hashOf } from './document-id.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

/** Of more, the first are forgotten, and listed again when they come again. */
const maxListed = 1000

/**
 * With TRUSTED_DOCUMENTS=log, each operation that no manifest has is listed once for each client: what would be refused
 * under `enforce`. The document itself is not logged, since it may hold personal data in its literals.
 */
export function useUnknownDocumentLog(documents: TrustedDocuments, log: Log): Plugin {
  const listed = new Set<string>()
  return {
    onExecute({ args: { document, operationName, contextValue } }) {
      const query: unknown = contextValue.params?.query
      if (typeof query !== 'string') return
      const hash = hashOf(query)
      const client = requestScope.getStore()?.client.name
      const entry = `${hash} ${client}`
      if (listed.has(entry) || documents.trusts(hash, client)) return
      const [oldest] = listed
      if (listed.size >= maxListed && oldest !== undefined) listed.delete(oldest)
      listed.add(entry)
      const operation = nameInLog(getOperationAST(document, operationName)?.name?.value)
      log.warn({ operation, client, documentId: `sha256:${hash}` }, 'this document is in no manifest')
    },
  }
}

import type { UnknownDocuments } from '../../trusted-documents/unknown-documents.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function unknownDocuments(unknown: UnknownDocuments): Step {
  function list(text: string, { operation, request }: RequestScope): void {
    unknown.list(text, operation?.name?.value, request.client.name)
  }

  function listDocument({ contextValue }: { contextValue: { params?: { query?: unknown } } }): void {
    const query = contextValue.params?.query
    if (typeof query === 'string') list(query, currentScope())
  }

  return {
    name: 'unknown documents',
    about: 'Logs documents that no manifest has (with `TRUSTED_DOCUMENTS=log`).',
    general: [
      {
        onExecute: ({ args }) => listDocument(args),
        onSubscribe: ({ args }) => listDocument(args),
      },
    ],
    fast: {
      onOperation({ text, scope }) {
        list(text, scope)
        return undefined
      },
    },
  }
}

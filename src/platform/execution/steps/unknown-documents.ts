import { getOperationAST } from 'graphql'
import type { UnknownDocuments } from '../../trusted-documents/unknown-documents.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function unknownDocuments(unknown: UnknownDocuments): Step {
  return {
    name: 'unknown documents',
    about: 'Logs documents that no manifest has (with `TRUSTED_DOCUMENTS=log`).',
    general: [
      {
        onExecute({ args: { document, operationName, contextValue } }) {
          const query: unknown = contextValue.params?.query
          const name = getOperationAST(document, operationName)?.name?.value
          if (typeof query === 'string') unknown.list(query, name, currentScope().request.client.name)
        },
      },
    ],
    fast: {
      onOperation({ text, compiled, request }) {
        unknown.list(text, compiled.operation.definition.name?.value, request.client.name)
        return undefined
      },
    },
  }
}

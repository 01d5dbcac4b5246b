import {
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql'
import { clientError, requestError } from '../../errors.ts'
import type { ExchangeRequest } from '../../http/exchange.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Yoga checks the operation too, but with other codes. */
export function operationChoice(): Step {
  return {
    name: 'operation choice',
    about: 'Finds the operation to execute; a GET executes no mutation.',
    general: [
      {
        onParse:
          () =>
          ({ result, context }) => {
            if (!result || result instanceof Error) return
            const scope = currentScope()
            scope.operation = operationOf(result, context.params?.operationName, scope.request)
          },
        onValidate: ({ addValidationRule }) => addValidationRule(KnownOperationTypes),
      },
    ],
    fast: {
      onOperation({ request, scope, compiled }) {
        const { definition } = compiled.operation
        if (request.method === 'GET' && definition.operation === 'mutation') return 'hand over'
        scope.operation = definition
        return undefined
      },
      onHandOver({ scope }) {
        scope.operation = undefined
      },
    },
  }
}

function operationOf(
  document: DocumentNode,
  name: string | undefined,
  { method }: ExchangeRequest,
): OperationDefinitionNode {
  const operation = getOperationAST(document, name)
  if (!operation) {
    throw clientError(
      'OPERATION_RESOLUTION_FAILURE',
      'The document has no such operation, or several: name one of them in "operationName".',
    )
  }
  if (operation.operation === 'mutation' && method === 'GET') {
    throw requestError('METHOD_NOT_ALLOWED', 'GET runs no mutations; send them by POST.', { allow: 'POST' })
  }
  return operation
}

/** GraphQL of September 2025, section 5.2.1; graphql-js has the rule from version 17 on. */
const KnownOperationTypes: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return
    context.reportError(new GraphQLError(`The schema has no ${node.operation} type.`, { nodes: node }))
  },
})

import { type GraphQLError, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

/** What the log calls an operation. */
export interface LoggedOperation {
  name: string | undefined
  type: string | undefined
}

/** One line for each operation. The document and its variables are not logged: they may hold personal data. */
export function logOperation(
  log: Log,
  scope: RequestScope,
  { name, type }: LoggedOperation,
  errors?: readonly GraphQLError[],
): void {
  log.info(
    {
      requestId: scope.requestId,
      operation: nameInLog(name),
      type,
      client: scope.client.name,
      viewer: scope.viewerKind,
      durationMs: Math.round((performance.now() - scope.startedAt) * 10) / 10,
      statements: scope.statements,
      rows: scope.rows,
      cost: scope.cost,
      costAbove: scope.costAbove,
      kept: scope.isCached || undefined,
      compiled: scope.isCompiled || undefined,
      errors: errors && [...new Set(errors.map(({ extensions }) => extensions.code))],
    },
    'operation',
  )
}

export function useOperationLog(log: Log): Plugin {
  const operations = new WeakMap<object, LoggedOperation>()
  return {
    onParse() {
      return ({ result, context }) => {
        if (!result || result instanceof Error) return
        const operation = getOperationAST(result, context.params?.operationName)
        if (operation) operations.set(context.request, { name: operation.name?.value, type: operation.operation })
      }
    },
    // Not at the end of execution: what is refused before it is logged too.
    onResultProcess({ result, request }) {
      const scope = requestScope.getStore()
      if (!scope || Array.isArray(result) || !('errors' in result || 'data' in result)) return
      logOperation(log, scope, operations.get(request) ?? { name: undefined, type: undefined }, result.errors)
    },
  }
}

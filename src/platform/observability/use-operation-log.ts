import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { requestScope } from '../request-scope.ts'
import type { Log } from './log.ts'
import { nameInLog } from './operation-name.ts'

/** One line for each operation. The document and its variables are not logged: they may hold personal data. */
export function useOperationLog(log: Log): Plugin {
  const operations = new WeakMap<object, { name: string | undefined; type: string }>()
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
      const operation = operations.get(request)
      log.info(
        {
          requestId: scope.requestId,
          operation: nameInLog(operation?.name),
          type: operation?.type,
          client: scope.client.name,
          viewer: scope.viewerKind,
          durationMs: Math.round((performance.now() - scope.startedAt) * 10) / 10,
          statements: scope.statements,
          rows: scope.rows,
          cost: scope.cost,
          kept: scope.isKept || undefined,
          compiled: scope.isCompiled || undefined,
          errors: result.errors && [...new Set(result.errors.map(({ extensions }) => extensions.code))],
        },
        'operation',
      )
    },
  }
}

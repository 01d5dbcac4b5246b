import { type GraphQLError, getOperationAST } from 'graphql'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

interface LoggedOperation {
  name: string | undefined
  type: string | undefined
}

/** Document and variables are not logged: they may hold personal data. */
export function operationLog(log: Log): Step {
  const operations = new WeakMap<RequestScope, LoggedOperation>()

  function record(scope: RequestScope, { name, type }: LoggedOperation, errors?: readonly GraphQLError[]): void {
    const { requestId, client, startedAt } = scope.request
    log.info(
      {
        requestId,
        operation: nameInLog(name),
        type,
        client: client.name,
        viewer: scope.viewerKind,
        durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
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

  return {
    name: 'operation log',
    about: 'Logs one line for each operation.',
    general: [
      {
        onParse:
          () =>
          ({ result, context }) => {
            if (!result || result instanceof Error) return
            const operation = getOperationAST(result, context.params?.operationName)
            if (operation) operations.set(currentScope(), { name: operation.name?.value, type: operation.operation })
          },
        // Not at the end of the execution: refused operations are logged too.
        onResultProcess({ result }) {
          if (Array.isArray(result) || !('errors' in result || 'data' in result)) return
          const scope = currentScope()
          record(scope, operations.get(scope) ?? { name: undefined, type: undefined }, result.errors)
        },
      },
    ],
    fast: {
      onResponse({ scope, compiled }) {
        const { name, operation: type } = compiled.operation.definition
        record(scope, { name: name?.value, type })
      },
    },
  }
}

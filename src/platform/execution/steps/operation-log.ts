import type { GraphQLError } from 'graphql'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Document and variables are not logged: they may hold personal data. */
export function operationLog(log: Log): Step {
  function record(scope: RequestScope, errors?: readonly GraphQLError[]): void {
    const { requestId, client, startedAt } = scope.request
    log.info(
      {
        requestId,
        operation: nameInLog(scope.operation?.name?.value),
        type: scope.operation?.operation,
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
        // Not at the end of the execution: refused operations are logged too.
        onResultProcess({ result }) {
          if (Array.isArray(result) || !('errors' in result || 'data' in result)) return
          record(currentScope(), result.errors)
        },
      },
    ],
    fast: {
      onResponse: ({ scope }) => record(scope),
    },
  }
}

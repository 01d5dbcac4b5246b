import type { GraphQLError } from 'graphql'
import type { Log } from '../../observability/log.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Document and variables are not logged: they may hold personal data. */
export function operationLog(log: Log, endpoint?: string): Step {
  function record(scope: RequestScope, errors?: readonly GraphQLError[]): void {
    const { requestId, client, startedAt } = scope.request
    // A stream has a line for its beginning and one for its end, and an export has one for its end.
    log[scope.event || scope.export ? 'debug' : 'info'](
      {
        requestId,
        traceId: scope.trace?.id,
        endpoint,
        operation: nameInLog(scope.operation?.name?.value),
        type: scope.operation?.operation,
        client: client.name,
        viewer: scope.viewerKind,
        durationMs: rounded(performance.now() - startedAt),
        statements: scope.statements,
        rows: scope.rows,
        remoteCalls: scope.remote.calls || undefined,
        remoteMs: rounded(scope.remote.durationMs || undefined),
        cost: scope.cost,
        costAbove: scope.costAbove,
        kept: scope.isCached || undefined,
        database: scope.route?.server,
        replicaLagMs: rounded(scope.route?.lagMs),
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
          const scope = currentScope()
          if (Array.isArray(result)) return
          if (scope.stream || 'errors' in result || 'data' in result)
            record(scope, 'errors' in result ? result.errors : undefined)
        },
      },
    ],
    fast: {
      onResponse: ({ scope }) => record(scope),
      onRefusal: ({ scope }, error) => record(scope, [error]),
    },
  }
}

/** To a tenth of a millisecond. */
function rounded(milliseconds: number): number
function rounded(milliseconds: number | undefined): number | undefined
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10
}

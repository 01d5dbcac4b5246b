import { placesOf } from '../../database/asking-field.ts'
import { summaryOf } from '../../database/statement-summary.ts'
import type { Log } from '../../observability/log.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import { fieldsBelow } from '../fields-below.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import { SentStatements } from '../sent-statements.ts'
import type { Step } from '../step.ts'

interface Parts {
  log: Log
  metrics: Metrics
  /** In milliseconds. */
  slowAfterMs: number
  endpoint: string
}

/** Of the longest statements. */
const toldStatements = 10

export function slowOperations({ log, metrics, slowAfterMs, endpoint }: Parts): Step {
  function begin(scope: RequestScope): void {
    // A page of an export takes as long as its client lets it.
    if (!scope.export) scope.sent ??= new SentStatements()
  }

  function end(scope: RequestScope): void {
    const { sent, request, operation } = scope
    if (!sent) return
    const durationMs = performance.now() - sent.startedAt
    if (durationMs < slowAfterMs) return
    metrics.slowOperations.inc({ endpoint })
    const asked = { definition: operation, document: sent.document }
    const told = sent.longest(toldStatements)
    const places = told.map((statement) => placesOf(statement.askedBy))
    log.warn(
      {
        requestId: request.requestId,
        traceId: scope.trace?.id,
        endpoint,
        operation: nameInLog(operation?.name?.value),
        type: operation?.operation,
        durationMs: Math.round(durationMs),
        remoteMs: Math.round(scope.remote.durationMs) || undefined,
        statements: told.map((statement, at) => ({
          afterMs: Math.round(statement.startedAt - sent.startedAt),
          durationMs: Math.round(statement.durationMs),
          rows: statement.rows,
          failed: statement.hasFailed || undefined,
          database: statement.server,
          sql: summaryOf(statement.sql).text,
          hash: summaryOf(statement.sql).hash,
          fields: fieldsBelow(asked, places[at] ?? [], places.flat()),
        })),
        furtherStatements: sent.count - told.length || undefined,
      },
      'slow operation',
    )
  }

  return {
    name: 'slow operations',
    about: 'Logs for a slow operation how long each statement took, and which fields asked for it.',
    general: [
      {
        onRequestParse: () => begin(currentScope()),
        onExecute({ args }) {
          const { sent } = currentScope()
          if (sent) sent.document = args.document
        },
        onResultProcess({ result }) {
          const scope = currentScope()
          if (Array.isArray(result) || scope.stream) return
          if ('errors' in result || 'data' in result) end(scope)
        },
      },
    ],
    fast: {
      onRequest({ scope }) {
        begin(scope)
        return undefined
      },
      onOperation({ scope, document }) {
        if (scope.sent) scope.sent.document = document
        return undefined
      },
      onResponse: ({ scope }) => end(scope),
      onRefusal: ({ scope }) => end(scope),
    },
  }
}

import { codeOf, errorCatalogue } from '../../errors.ts'
import { nameInLog } from '../../observability/operation-name.ts'
import type { Tracing } from '../../observability/tracing.ts'
import { OperationTrace } from '../operation-trace.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Neither the document nor variables are in a trace: both hold values. */
export function tracing(tracing: Tracing, endpoint: string): Step {
  function begin(scope: RequestScope): void {
    // An export would have thousands of spans, one for each page.
    if (scope.export) return
    // The fast path may have begun it before it handed the request over.
    scope.trace ??= new OperationTrace(tracing, scope.request.trace, scope.request.startedAt)
  }

  function end(scope: RequestScope, errors: readonly unknown[] = []): void {
    const { trace, operation, viewerKind, statements, rows, cost, isCached, isCompiled } = scope
    if (!trace?.isRecorded) return
    const type = operation?.operation
    const codes = new Set(errors.map((error) => codeOf(error) ?? 'INTERNAL_SERVER_ERROR'))
    const attributes = {
      'graphql.operation.type': type,
      'graphql.operation.name': nameInLog(operation?.name?.value),
      'frontdoor.endpoint': endpoint,
      'frontdoor.viewer.kind': viewerKind,
      'frontdoor.statements': statements,
      'frontdoor.rows': rows,
      'frontdoor.cost': cost,
      'frontdoor.compiled': isCompiled,
      'frontdoor.cached': isCached,
      'frontdoor.error.codes': codes.size > 0 ? [...codes].join() : undefined,
    }
    const failure = [...codes].find((code) => errorCatalogue[code].status >= 500)
    // As the semantic conventions have it where clients choose the name of the operation.
    trace.end(type ?? 'operation', { attributes, failure })
  }

  return {
    name: 'tracing',
    about: 'Begins and ends the span of the operation.',
    general: [
      {
        onRequestParse: () => begin(currentScope()),
        onResultProcess({ result }) {
          const scope = currentScope()
          if (Array.isArray(result)) return
          if (scope.stream || 'errors' in result || 'data' in result)
            end(scope, 'errors' in result ? result.errors : undefined)
        },
      },
    ],
    fast: {
      onRequest({ scope }) {
        begin(scope)
        return undefined
      },
      onResponse: ({ scope }) => end(scope),
      onRefusal: ({ scope }, error) => end(scope, [error]),
    },
  }
}

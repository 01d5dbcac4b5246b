import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { codeOf, errorCatalogue } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

/** Counts and times each operation, by type and outcome: both are few, whoever asks for whatever. */
export function measureOperation(
  { operations }: Metrics,
  { startedAt }: RequestScope,
  type = 'none',
  errors: readonly unknown[] = [],
): void {
  operations.observe({ type, outcome: outcomeOf(errors) }, (performance.now() - startedAt) / 1000)
}

export function useOperationMetrics(metrics: Metrics): Plugin {
  const types = new WeakMap<object, string>()
  return {
    onParse() {
      return ({ result, context }) => {
        if (!result || result instanceof Error) return
        const operation = getOperationAST(result, context.params?.operationName)
        if (operation) types.set(context.request, operation.operation)
      }
    },
    onResultProcess({ result, request }) {
      const scope = requestScope.getStore()
      if (!scope || Array.isArray(result) || !('errors' in result || 'data' in result)) return
      measureOperation(metrics, scope, types.get(request), result.errors)
    },
  }
}

/** Ours to mend, not the viewer's to see, the client's to mend, or none of these: the worst of the errors. */
function outcomeOf(errors: readonly unknown[]): 'ok' | 'failed' | 'denied' | 'refused' {
  if (errors.length === 0) return 'ok'
  const statuses = errors.map((error) => errorCatalogue[codeOf(error) ?? 'INTERNAL_SERVER_ERROR'].status)
  if (statuses.some((status) => status >= 500)) return 'failed'
  return errors.some((error) => /^(UNAUTHENTICATED|FORBIDDEN)$/.test(codeOf(error) ?? '')) ? 'denied' : 'refused'
}

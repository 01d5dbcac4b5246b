import { codeOf, errorCatalogue } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { OperationLabels } from '../../observability/operation-name.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

interface Parts {
  metrics: Metrics
  labels: OperationLabels
  endpoint: string
}

export function operationMetrics({ metrics, labels, endpoint }: Parts): Step {
  const { operations, namedOperations, reads } = metrics

  function observe({ request, operation, route }: RequestScope, errors: readonly unknown[] = []): void {
    if (route?.server !== undefined) reads.inc({ database: route.server })
    const type = operation?.operation ?? 'none'
    const outcome = outcomeOf(errors)
    const seconds = (performance.now() - request.startedAt) / 1000
    operations.observe({ endpoint, type, outcome }, seconds)
    if (!operation) return
    const name = labels.of(operation.name?.value, outcome !== 'refused')
    namedOperations.observe({ endpoint, operation: name, outcome }, seconds)
  }

  return {
    name: 'operation metrics',
    about: 'Counts and times each operation by type, name and outcome, and where it read.',
    general: [
      {
        onResultProcess({ result }) {
          const scope = currentScope()
          if (Array.isArray(result)) return
          if (scope.stream || 'errors' in result || 'data' in result)
            observe(scope, 'errors' in result ? result.errors : undefined)
        },
      },
    ],
    fast: {
      onResponse: ({ scope }) => observe(scope),
      onRefusal: ({ scope }, error) => observe(scope, [error]),
    },
  }
}

/** The worst of the errors: the service must fix it, the viewer may not see it, or the client must fix it. */
function outcomeOf(errors: readonly unknown[]): 'ok' | 'failed' | 'denied' | 'refused' {
  if (errors.length === 0) return 'ok'
  const statuses = errors.map((error) => errorCatalogue[codeOf(error) ?? 'INTERNAL_SERVER_ERROR'].status)
  if (statuses.some((status) => status >= 500)) return 'failed'
  return errors.some((error) => /^(UNAUTHENTICATED|FORBIDDEN)$/.test(codeOf(error) ?? '')) ? 'denied' : 'refused'
}

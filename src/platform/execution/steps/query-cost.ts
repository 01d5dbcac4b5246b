import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import type { Context } from '../../context.ts'
import { coerceVariables } from '../../graphql/variables.ts'
import type { CountedOperation, OperationCosts } from '../../limits/operation-costs.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Works at execution: Yoga's validation cache knows rules by name only, and variables have values only then. */
export function queryCost(costs: OperationCosts): Step {
  const counted = new WeakMap<RequestScope, CountedOperation>()

  /** The cost of a response: a cached response brings its own. */
  function settle(scope: RequestScope, count: CountedOperation, result: Parameters<OperationCosts['settle']>[1]) {
    const cost =
      scope.actualCost === undefined ? costs.settle(count, result) : costs.withActual(count, scope.actualCost)
    scope.actualCost = cost.actual
    return cost
  }

  interface Before {
    args: ExecutionArgs & { contextValue: Context }
    setResultAndStopExecution: (result: ExecutionResult) => void
  }

  function count({ args, setResultAndStopExecution }: Before): void {
    const { schema, document, variableValues, contextValue } = args
    const scope = currentScope()
    const { operation } = scope
    if (!operation) return
    const { coerced, errors } = coerceVariables(schema, operation, variableValues ?? {})
    if (errors) {
      setResultAndStopExecution({ errors })
      return
    }
    scope.variables = coerced
    // The rows of an export have a limit of their own.
    if (scope.export) return
    const count = costs.count(
      { schema, document, operation, variables: coerced },
      contextValue.viewer,
      scope.request.agent?.cost,
    )
    if (count instanceof Error) {
      scope.costAbove = maximumIn(count)
      setResultAndStopExecution({ errors: [count] })
      return
    }
    scope.cost = count.requested
    counted.set(scope, count)
  }

  return {
    name: 'query cost',
    about:
      'Counts what the operation may cost, refuses it above the limit, and reports in `extensions.cost` what it needed.',
    general: [
      {
        onExecute: count,
        // No stream begins whose events would be refused.
        onSubscribe: count,
        onExecutionResult({ result }) {
          const scope = currentScope()
          const count = counted.get(scope)
          if (!count || !result || !('data' in result)) return
          result.extensions = { ...result.extensions, cost: settle(scope, count, result) }
        },
      },
    ],
    fast: {
      onOperation({ scope, document, compiled, variables, viewer }) {
        if (scope.export) return undefined
        const { schema, definition: operation } = compiled.operation
        const count = costs.count({ schema, document, operation, variables }, viewer, scope.request.agent?.cost)
        if (count instanceof Error) return 'hand over'
        scope.cost = count.requested
        counted.set(scope, count)
        return undefined
      },
      onResponse({ scope }, response) {
        const count = counted.get(scope)
        if (count) response.extensions = { ...response.extensions, cost: settle(scope, count, response) }
      },
    },
  }
}

function maximumIn({ extensions: { maximum } }: GraphQLError): number | undefined {
  return typeof maximum === 'number' ? maximum : undefined
}

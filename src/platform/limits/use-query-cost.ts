import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import type { Context } from '../context.ts'
import { clientError } from '../errors.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'
import { actualCost, CostLimitReached, hidesWork, requestedCost } from './query-cost.ts'
import { PlanTooLarge, QueryPlans, type Selected } from './query-plan.ts'
import { coerceVariables } from './variables.ts'

interface Limits {
  /** The highest cost of one operation of this viewer. */
  maximumFor: (viewer: Viewer) => number
  mutations: number
}

/**
 * Refuses operations above the limits before they start, and says in `extensions.cost` what each one was counted at,
 * and what of that its answer needed. It works at execution: Yoga's validation cache knows rules by name only, and
 * variables have values only here.
 */
export function useQueryCost({ maximumFor, mutations }: Limits): Plugin<Context> {
  const plans = new QueryPlans()
  const counted = new WeakMap<RequestScope, { plan: Selected; maximum: number }>()
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { schema, document, operationName, variableValues, contextValue } = args
      const operation = getOperationAST(document, operationName)
      const scope = requestScope.getStore()
      if (!operation || !scope) return
      const { coerced, errors } = coerceVariables(schema, operation, variableValues ?? {})
      if (errors) return setResultAndStopExecution({ errors })
      scope.variables = coerced
      const maximum = maximumFor(contextValue.viewer)
      try {
        const plan = plans.planOf({ schema, document, operation, variables: coerced })
        const verbs = operation.operation === 'mutation' ? plan.keys.filter((key) => key !== '__typename') : []
        if (verbs.length > mutations) {
          return setResultAndStopExecution({ errors: [tooManyMutations(mutations)] })
        }
        scope.cost = requestedCost(plan, coerced, maximum)
        counted.set(scope, { plan, maximum })
      } catch (error) {
        if (!(error instanceof CostLimitReached || error instanceof PlanTooLarge)) throw error
        setResultAndStopExecution({ errors: [tooCostly(maximum)] })
      }
    },
    onExecutionResult({ result }) {
      const scope = requestScope.getStore()
      const count = scope && counted.get(scope)
      if (!count || scope.cost === undefined || !result || !('data' in result)) return
      const { data, errors } = result
      // Of an answer that was kept it is known.
      const actual =
        scope.actualCost ?? (!data || hidesWork(data, errors ?? []) ? scope.cost : actualCost(count.plan, data))
      scope.actualCost = Math.min(actual, scope.cost)
      const cost = { requested: scope.cost, actual: scope.actualCost, maximum: count.maximum }
      result.extensions = { ...result.extensions, cost }
    },
  }
}

function tooCostly(limit: number) {
  return clientError(
    'COST_LIMIT_EXCEEDED',
    `The operation could read more than ${limit} objects; ask for smaller pages (\`first\`) or less depth.`,
  )
}

function tooManyMutations(limit: number) {
  return clientError('DOCUMENT_LIMIT_EXCEEDED', `One request runs at most ${limit} mutations; send several requests.`)
}

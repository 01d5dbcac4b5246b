import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { clientError } from '../errors.ts'
import { requestScope } from '../request-scope.ts'
import { CostLimitReached, operationCost } from './query-cost.ts'
import { coerceVariables } from './variables.ts'

/**
 * Refuses operations above the limit before they start, and says in `extensions.cost` what each one was counted at.
 * It works at execution: Yoga's validation cache knows rules by name only, and variables have values only here.
 */
export function useQueryCost(limit: number): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { schema, document, operationName, variableValues } = args
      const operation = getOperationAST(document, operationName)
      if (!operation) return
      const { coerced, errors } = coerceVariables(schema, operation, variableValues ?? {})
      if (errors) return setResultAndStopExecution({ errors })
      try {
        const cost = operationCost({ schema, document, operation, variables: coerced }, limit)
        const scope = requestScope.getStore()
        if (scope) scope.cost = cost
      } catch (error) {
        if (!(error instanceof CostLimitReached)) throw error
        setResultAndStopExecution({ errors: [tooCostly(limit)] })
      }
    },
    onExecutionResult({ result }) {
      const cost = requestScope.getStore()?.cost
      if (cost === undefined || !result || !('data' in result)) return
      result.extensions = { ...result.extensions, cost: { requested: cost, maximum: limit } }
    },
  }
}

function tooCostly(limit: number) {
  return clientError(
    'COST_LIMIT_EXCEEDED',
    `The operation could read more than ${limit} objects; ask for smaller pages (\`first\`) or less depth.`,
  )
}

import { type ExecutionResult, type GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../context.ts'
import { clientError } from '../../errors.ts'
import { coerceVariables } from '../../graphql/variables.ts'
import { actualCost, CostLimitReached, hidesWork, requestedCost } from '../../limits/query-cost.ts'
import { type Operation, PlanTooLarge, QueryPlans, type Selected } from '../../limits/query-plan.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

interface Limits {
  /** The highest cost of one operation of this viewer. */
  maximumFor: (viewer: Viewer) => number
  mutations: number
}

/** What `extensions.cost` says of an operation, the bucket aside. */
export interface OperationCost {
  requested: number
  /** What its answer needed of that. */
  actual: number
  maximum: number
}

export interface CountedOperation {
  plan: Selected
  requested: number
  maximum: number
}

/** What operations cost, before they run and after. */
export class QueryCosts {
  readonly #plans = new QueryPlans()
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** What it may cost at most; an error where that is above the limits. */
  count(asked: Operation, viewer: Viewer): CountedOperation | GraphQLError {
    const maximum = this.#limits.maximumFor(viewer)
    try {
      const plan = this.#plans.planOf(asked)
      if (mutationsIn(asked.operation, plan) > this.#limits.mutations) return tooManyMutations(this.#limits.mutations)
      return { plan, requested: requestedCost(plan, asked.variables, maximum), maximum }
    } catch (error) {
      if (error instanceof CostLimitReached || error instanceof PlanTooLarge) return tooCostly(maximum)
      throw error
    }
  }

  /** What of it the answer needed. */
  settle(count: CountedOperation, { data, errors = [] }: ExecutionResult): OperationCost {
    return this.say(count, !data || hidesWork(data, errors) ? count.requested : actualCost(count.plan, data))
  }

  say({ requested, maximum }: CountedOperation, needed: number): OperationCost {
    return { requested, actual: Math.min(needed, requested), maximum }
  }
}

/**
 * Refuses operations above the limits before they start, and says in `extensions.cost` what each one was counted at,
 * and what of that its answer needed. It works at execution: Yoga's validation cache knows rules by name only, and
 * variables have values only here.
 */
export function useQueryCost(costs: QueryCosts): Plugin<Context> {
  const counted = new WeakMap<RequestScope, CountedOperation>()
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { schema, document, operationName, variableValues, contextValue } = args
      const operation = getOperationAST(document, operationName)
      const scope = requestScope.getStore()
      if (!operation || !scope) return
      const { coerced, errors } = coerceVariables(schema, operation, variableValues ?? {})
      if (errors) return setResultAndStopExecution({ errors })
      scope.variables = coerced
      const count = costs.count({ schema, document, operation, variables: coerced }, contextValue.viewer)
      if (count instanceof Error) {
        scope.costAbove = maximumIn(count)
        return setResultAndStopExecution({ errors: [count] })
      }
      scope.cost = count.requested
      counted.set(scope, count)
    },
    onExecutionResult({ result }) {
      const scope = requestScope.getStore()
      const count = scope && counted.get(scope)
      if (!count || !result || !('data' in result)) return
      // Of an answer that was kept it is known.
      const cost = scope.actualCost === undefined ? costs.settle(count, result) : costs.say(count, scope.actualCost)
      scope.actualCost = cost.actual
      result.extensions = { ...result.extensions, cost }
    },
  }
}

function mutationsIn({ operation }: OperationDefinitionNode, { keys }: Selected): number {
  return operation === 'mutation' ? keys.filter((key) => key !== '__typename').length : 0
}

/** Counting stops at the limit, so that what is beyond it has no number. */
function tooCostly(maximum: number) {
  return clientError(
    'COST_LIMIT_EXCEEDED',
    `The operation could read more than ${maximum} objects; ask for smaller pages (\`first\`) or less depth.`,
    { extensions: { maximum } },
  )
}

function maximumIn({ extensions: { maximum } }: GraphQLError): number | undefined {
  return typeof maximum === 'number' ? maximum : undefined
}

function tooManyMutations(limit: number) {
  return clientError('DOCUMENT_LIMIT_EXCEEDED', `One request runs at most ${limit} mutations; send several requests.`)
}

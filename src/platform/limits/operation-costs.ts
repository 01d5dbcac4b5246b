import type { ExecutionResult, GraphQLError, OperationDefinitionNode } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import { clientError } from '../errors.ts'
import { actualCost, CostLimitReached, hidesWork, requestedCost } from './query-cost.ts'
import { type Operation, PlanTooLarge, QueryPlans, type Selected } from './query-plan.ts'

interface Limits {
  /** The highest cost of one operation of this viewer. */
  maximumFor: (viewer: Viewer) => number
  mutations: number
}

/** `extensions.cost` of an operation, without the bucket. */
export interface OperationCost {
  requested: number
  /** The part that the response needed. */
  actual: number
  maximum: number
}

export interface CountedOperation {
  plan: Selected
  requested: number
  maximum: number
}

/** Counts the cost of operations, before the execution and after it. */
export class OperationCosts {
  readonly #plans = new QueryPlans()
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** The highest cost the operation can have; an error where that is above the limits, or above `most`. */
  count(asked: Operation, viewer: Viewer, most = Number.POSITIVE_INFINITY): CountedOperation | GraphQLError {
    const maximum = Math.min(most, this.#limits.maximumFor(viewer))
    try {
      const plan = this.#plans.planOf(asked)
      if (mutationsIn(asked.operation, plan) > this.#limits.mutations) return tooManyMutations(this.#limits.mutations)
      return { plan, requested: requestedCost(plan, asked.variables, maximum), maximum }
    } catch (error) {
      if (error instanceof CostLimitReached || error instanceof PlanTooLarge) return tooCostly(maximum)
      throw error
    }
  }

  /** The cost that the result needed. */
  settle(count: CountedOperation, { data, errors = [] }: ExecutionResult): OperationCost {
    return this.withActual(count, !data || hidesWork(data, errors) ? count.requested : actualCost(count.plan, data))
  }

  withActual({ requested, maximum }: CountedOperation, needed: number): OperationCost {
    return { requested, actual: Math.min(needed, requested), maximum }
  }
}

function mutationsIn({ operation }: OperationDefinitionNode, { keys }: Selected): number {
  return operation === 'mutation' ? keys.filter((key) => key !== '__typename').length : 0
}

/** Counting stops at the limit, so the message has no number beyond it. */
function tooCostly(maximum: number) {
  return clientError(
    'COST_LIMIT_EXCEEDED',
    `The operation could read more than ${maximum} objects; ask for smaller pages (\`first\`) or less depth.`,
    { extensions: { maximum } },
  )
}

function tooManyMutations(limit: number) {
  return clientError('DOCUMENT_LIMIT_EXCEEDED', `One request runs at most ${limit} mutations; send several requests.`)
}

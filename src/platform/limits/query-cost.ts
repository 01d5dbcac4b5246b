import { itemsOf } from './list-size.ts'
import type { PlannedField, Selected } from './query-plan.ts'

/** The counting stops here: a document can be made to cost more than can be counted in time. */
export class CostLimitReached extends Error {}

/**
 * What an operation can cost at most: the weights of its fields, each as often as it can be resolved, in objects read
 * where no `@cost` says otherwise. Lists multiply what is below them. Counted as executed, so that every way to write
 * one query costs the same.
 */
export function requestedCost(plan: Selected, variables: Record<string, unknown>, limit: number): number {
  return Math.ceil(selectedCost(plan, variables, 1, limit))
}

/** `times` is how often these are resolved, only to stop early; the result is for one time. */
function selectedCost({ fields }: Selected, variables: Record<string, unknown>, times: number, limit: number): number {
  let sum = 0
  for (const field of fields) {
    const items = field.size ? itemsOf(field.size, variables) : 1
    if (items === 0) continue
    let dearest = 0
    for (const selected of field.below) {
      const below = selectedCost(selected, variables, times * items, limit)
      if (below > dearest) dearest = below
    }
    sum += items * (field.weight + dearest)
    if (sum * times > limit) throw new CostLimitReached()
  }
  return sum
}

/**
 * What an answer did cost: the same weights, for what is in it. A null has cost its own weight, and nothing below it.
 * Lists may hold more than they were taken to hold, so this can be above what was requested.
 */
export function actualCost(plan: Selected, data: object): number {
  return Math.ceil(answeredCost(plan, data))
}

function answeredCost({ fields }: Selected, data: object): number {
  let sum = 0
  for (const field of fields) sum += valueCost(field, Reflect.get(data, field.key))
  return sum
}

function valueCost(field: PlannedField, value: unknown): number {
  if (Array.isArray(value)) {
    let sum = 0
    for (const item of value) sum += valueCost(field, item)
    return sum
  }
  if (typeof value !== 'object' || value === null) return field.weight
  return field.weight + objectCost(field.below, value)
}

function objectCost(below: readonly Selected[], value: object): number {
  const [only] = below
  if (!only) return 0
  if (below.length === 1) return answeredCost(only, value)
  // The answer need not say its type: of the types that have just these keys, the dearest is taken.
  const keys = Object.keys(value).length
  let dearest = 0
  for (const selected of below) {
    if (selected.keys.length !== keys || !selected.keys.every((key) => Object.hasOwn(value, key))) continue
    dearest = Math.max(dearest, answeredCost(selected, value))
  }
  return dearest
}

interface Located {
  readonly path?: readonly (string | number)[]
}

/**
 * Whether an error has taken more out of the answer than its own field: a null where there must be none takes the
 * parent along, and what was read for it is no longer to be seen.
 */
export function hidesWork(data: unknown, errors: readonly Located[]): boolean {
  return errors.some(({ path = [] }) => {
    let value = data
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return true
      value = Reflect.get(value, step)
    }
    return false
  })
}

import { itemsOf } from './list-size.ts'
import type { PlannedField, Selected } from './query-plan.ts'

/** Counting stops at the limit: a hostile document could cost more than can be counted in time. */
export class CostLimitReached extends Error {}

/**
 * The highest cost an operation can have: the weight of each field times how often it can be resolved. Lists multiply the
 * fields below them. Fields are counted as they are executed, so that every way to write a query costs the same.
 */
export function requestedCost(plan: Selected, variables: Record<string, unknown>, limit: number): number {
  return Math.ceil(selectedCost(plan, variables, 1, limit))
}

/** The cost of resolving these fields once. `times` says how often they are resolved, to stop early. */
function selectedCost({ fields }: Selected, variables: Record<string, unknown>, times: number, limit: number): number {
  let sum = 0
  for (const field of fields) {
    const items = field.size ? itemsOf(field.size, variables) : 1
    if (items === 0) continue
    let highest = 0
    for (const selected of field.below) {
      const below = selectedCost(selected, variables, times * items, limit)
      if (below > highest) highest = below
    }
    sum += items * (field.weight + highest)
    if (sum * times > limit) throw new CostLimitReached()
  }
  return sum
}

/**
 * The cost of a response: the same weights, for the values in it. A null costs the weight of its field. A list may have more
 * items than were assumed, so this can be above the requested cost.
 */
export function actualCost(plan: Selected, data: object): number {
  return Math.ceil(responseCost(plan, data))
}

function responseCost({ fields }: Selected, data: object): number {
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
  if (below.length === 1) return responseCost(only, value)
  // The response may lack __typename: of the types with exactly these keys, the most expensive counts.
  const keys = Object.keys(value).length
  let highest = 0
  for (const selected of below) {
    if (selected.keys.length !== keys || !selected.keys.every((key) => Object.hasOwn(value, key))) continue
    highest = Math.max(highest, responseCost(selected, value))
  }
  return highest
}

interface Located {
  readonly path?: readonly (string | number)[]
}

/**
 * Whether an error removed more from the response than its own field: a null at a non-null position removes the parent, and
 * with it the values that were read for it.
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

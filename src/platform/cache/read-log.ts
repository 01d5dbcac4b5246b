import { fieldsOf, type Model } from '../database/data-model.ts'
import type { PublicModels } from './public-models.ts'

type Arguments = Record<string, unknown>

const rowOperations = new Set(['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'findMany'])
const paging = new Set(['take', 'skip'])
const combining = new Set(['AND', 'OR', 'NOT'])
const relationFilters = new Set(['some', 'every', 'none', 'is', 'isNot'])

/**
 * The reads of one operation, from the arguments of its policed client. Fields, filters and loaders need not declare their
 * reads: one that reads other models, or that this class does not understand, makes the response uncacheable.
 */
export class ReadLog {
  /** Models read, also for counts and filters. */
  readonly models = new Set<Model>()
  /** The number of reads recorded. */
  count = 0
  /** Whether all reads were of public models. */
  isPublic = true
  readonly #shown: PublicModels

  constructor(shown: PublicModels) {
    this.#shown = shown
  }

  record(model: Model, operation: string, args: Arguments): void {
    this.count++
    const isKnown = rowOperations.has(operation) || operation === 'count'
    // Without a selection a read of rows reads every column.
    const selected = operation === 'count' ? { ...args, select: {} } : args
    if (!isKnown || !this.#readsPublic(model, selected)) this.isPublic = false
  }

  #readsPublic(model: Model, { select, where, orderBy, ...others }: Arguments): boolean {
    return (
      this.#mayRead(model) &&
      Object.keys(others).every((name) => paging.has(name)) &&
      this.#selectsPublic(model, select) &&
      this.#comparesPublic(model, where) &&
      this.#sortsByPublic(model, orderBy)
    )
  }

  #mayRead(model: Model): boolean {
    this.models.add(model)
    return this.#shown.has(model)
  }

  #selectsPublic(model: Model, select: unknown): boolean {
    if (!isObject(select)) return false
    return Object.entries(select).every(([name, value]) => {
      if (value === false || value === undefined) return true
      if (name === '_count') return this.#countsPublic(model, value)
      const related = relatedBy(model, name)
      return related ? isObject(value) && this.#readsPublic(related, value) : this.#shown.shows(model, name)
    })
  }

  #countsPublic(model: Model, counts: unknown): boolean {
    if (!isObject(counts) || !isObject(counts.select)) return false
    return Object.entries(counts.select).every(([name, count]) => {
      const related = relatedBy(model, name)
      return related !== undefined && this.#readsPublic(related, { ...(isObject(count) ? count : {}), select: {} })
    })
  }

  #comparesPublic(model: Model, where: unknown): boolean {
    if (where === undefined) return true
    if (Array.isArray(where)) return where.every((condition) => this.#comparesPublic(model, condition))
    if (!isObject(where)) return false
    return Object.entries(where).every(([name, value]) => {
      if (combining.has(name)) return this.#comparesPublic(model, value)
      const related = relatedBy(model, name)
      return related ? this.#comparesRelated(related, value) : this.#shown.shows(model, name) && isPlain(value)
    })
  }

  #comparesRelated(model: Model, value: unknown): boolean {
    if (!isObject(value) || !this.#mayRead(model)) return false
    return Object.entries(value).every(([name, condition]) =>
      this.#comparesPublic(model, relationFilters.has(name) ? condition : { [name]: condition }),
    )
  }

  #sortsByPublic(model: Model, order: unknown): boolean {
    const orders: unknown[] = order === undefined ? [] : Array.isArray(order) ? order : [order]
    return orders.every(
      (each) =>
        isObject(each) && Object.keys(each).every((name) => !relatedBy(model, name) && this.#shown.shows(model, name)),
    )
  }
}

function relatedBy(model: Model, name: string): Model | undefined {
  const field = fieldsOf(model).get(name)
  return field?.kind === 'relation' ? field.model : undefined
}

function isObject(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a filter compares with a plain value. A reference to another column is an object of a Prisma class. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Date) return true
  if (Array.isArray(value)) return value.every(isPlain)
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain)
}

import type { Model } from '../data-model.ts'
import { physicalNames } from '../physical-names.ts'
import type { TimeZone } from '../time-zone.ts'

/** Thrown for arguments that prepared reads do not support: Prisma then runs the query. */
export class Unsupported extends Error {}

export function unsupported(): never {
  throw new Unsupported()
}

/**
 * What the parts of one statement share: its parameters and its table aliases. Values of clients are always parameters.
 */
export class StatementParts {
  readonly values: unknown[] = []
  /** The columns that are compared with a value on which the best plan depends; "pattern" where it is a pattern. */
  readonly skewed: string[] = []
  /** The zone of columns without one. */
  readonly zone: TimeZone
  readonly #before: number
  #tables: number

  /** Continues the numbering of another statement's parts. */
  constructor(zone: TimeZone, before?: StatementParts) {
    this.zone = zone
    this.#before = before ? before.#before + before.values.length : 0
    this.#tables = before ? before.#tables : 0
  }

  parameter(value: unknown): string {
    return `$${this.#before + this.values.push(value)}`
  }

  table(model: Model): Table {
    return new Table(model, `"t${this.#tables++}"`)
  }
}

/** A table under its alias in one statement. */
export class Table {
  readonly model: Model
  readonly alias: string
  readonly #named = new Set<string>()

  constructor(model: Model, alias: string) {
    this.model = model
    this.alias = alias
  }

  column(field: string): string {
    const column = `${this.alias}.${physicalNames(this.model).columns.get(field) ?? unsupported()}`
    this.#named.add(column)
    return column
  }

  /** The columns named so far. */
  get named(): readonly string[] {
    return [...this.#named]
  }

  /** NULL in the type of the column, for a parameter whose type PostgreSQL could not tell otherwise. */
  typeOf(field: string): string {
    const { name, columns } = physicalNames(this.model)
    return `(NULL::${name}).${columns.get(field) ?? unsupported()}`
  }

  get from(): string {
    return `${physicalNames(this.model).name} AS ${this.alias}`
  }
}

/** A plain object, as arguments are. Anything else, such as a reference to a column, is not inspected. */
export function plainObject(value: unknown): Record<string, unknown> {
  if (!isPlainObject(value)) return unsupported()
  return value
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

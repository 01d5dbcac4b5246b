import type { Model } from '../data-model.ts'
import { physicalNames } from '../physical-names.ts'

/** The arguments of a read use something that is not understood here: Prisma is asked for it. */
export class Unsupported extends Error {}

export function unsupported(): never {
  throw new Unsupported()
}

/** What the parts of one statement share: its parameters and the names of its tables. Values are parameters only. */
export class StatementParts {
  readonly values: unknown[] = []
  readonly #before: number
  #tables: number

  /** Goes on where the parts of another have ended. */
  constructor(before?: StatementParts) {
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

/** A table under its name in one statement. */
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

  /** The columns that were named until now. */
  get named(): readonly string[] {
    return [...this.#named]
  }

  get from(): string {
    return `${physicalNames(this.model).name} AS ${this.alias}`
  }
}

/** A plain object, as arguments are; anything else, such as the reference of a column, is not looked into. */
export function plainObject(value: unknown): Record<string, unknown> {
  if (!isPlainObject(value)) return unsupported()
  return value
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

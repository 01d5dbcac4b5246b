import pg from 'pg'
import { askingField } from './asking-field.ts'
import type { Model, Row } from './data-model.ts'
import {
  type CompiledRead,
  compileCount,
  compileRows,
  type RowForm,
  type RowsOperation,
} from './reads/compiled-read.ts'
import { compileGroups, type GroupedRead, type GroupedRows } from './reads/grouped-read.ts'
import type { Values } from './reads/row-reader.ts'
import type { RowStatement } from './row-query.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: no such prepared statement, or one with this name.
 */
const forgottenStates = new Set(['26000', '42P05'])
/**
 * A prepared statement stays with its connection, where it takes 30 to 160 kB, so the number of names is bounded. Each size
 * of a page is a statement of its own. Reads beyond the bound have no name: PostgreSQL then plans every call.
 */
const maxNames = 500

/** Reads the rows of a statement, and makes an item of each. */
export type RowsOf = <Item>(statement: RowStatement, itemOf: (values: Values) => Item) => Promise<Item[]>

/** The rows of statements on any connection of a pool. */
export function rowsOfPool(pool: pg.Pool): RowsOf {
  return async (statement, itemOf) => {
    const { rows } = await pool.query<unknown[]>({ ...statement, rowMode: 'array' })
    const items = rows.map(itemOf)
    // The statement lives on in old space, where it would keep the values of its rows until a full collection.
    rows.length = 0
    return items
  }
}

/**
 * Runs reads as prepared statements of this project instead of Prisma's: PostgreSQL spends a third of the time on them.
 * The arguments are Prisma's. A statement is prepared once for each connection, unless its best plan depends on the values.
 * Prisma runs what cannot be expressed.
 */
export class PreparedReads {
  readonly #rowsOf: RowsOf
  readonly #form: RowForm
  readonly #zone: TimeZone
  readonly #server: string
  readonly #observe: StatementListener
  readonly #names = new Map<string, string>()
  readonly #maxNames: number
  readonly #prefix: string
  #givesNames = true

  /** With no names PostgreSQL plans every call. */
  constructor(
    { rowsOf, form, zone, server }: { rowsOf: RowsOf; form: RowForm; zone: TimeZone; server: string },
    observe: StatementListener,
    { names = maxNames, prefix = 'read' }: { names?: number; prefix?: string } = {},
  ) {
    this.#rowsOf = rowsOf
    this.#form = form
    this.#zone = zone
    this.#server = server
    this.#observe = observe
    this.#maxNames = names
    this.#prefix = prefix
  }

  /** The rows as Prisma returns them; undefined where Prisma must run the query. */
  rows(model: Model, operation: RowsOperation, args: object): Promise<Row[]> | undefined {
    const read = compileRows(model, operation, args, { form: this.#form, zone: this.#zone })
    return read && this.#run(read, (rows) => rows.length)
  }

  count(model: Model, args: object): Promise<number> | undefined {
    const read = compileCount(model, args, this.#zone)
    return read && this.#run(read, () => 1)
  }

  /** Groups of rows. Prisma has no such read, so arguments that cannot be expressed are an error. */
  groups(read: GroupedRead): Promise<GroupedRows> {
    return this.#run(compileGroups(read, this.#zone), ({ rows }) => rows.length)
  }

  async #run<Result>(read: CompiledRead<Result>, rowsIn: (result: Result) => number): Promise<Result> {
    const { sql, values: args } = read
    const sent = { sql, args, startedAt: performance.now(), server: this.#server, askedBy: askingField() }
    try {
      const result = await read.result((itemOf) => this.#rows(read, itemOf))
      this.#observe({ ...sent, rows: rowsIn(result), hasFailed: false })
      return result
    } catch (error) {
      this.#observe({ ...sent, rows: 0, hasFailed: true })
      throw error
    }
  }

  async #rows<Item>(
    { sql, values, dependsOnValues }: CompiledRead<unknown>,
    itemOf: (values: Values) => Item,
  ): Promise<Item[]> {
    const name = dependsOnValues ? undefined : this.#nameOf(sql)
    const statement = { name, text: sql, values: [...values] }
    return this.#rowsOf(statement, itemOf).catch((error: unknown) => {
      if (!isForgotten(error)) throw error
      // A name that one connection knows and another does not means a pooler in between: from now on statements have no
      // names.
      this.#givesNames = false
      return this.#rowsOf({ ...statement, name: undefined }, itemOf)
    })
  }

  #nameOf(sql: string): string | undefined {
    if (!this.#givesNames) return undefined
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= this.#maxNames) return known
    const name = `${this.#prefix}_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && forgottenStates.has(error.code)
}

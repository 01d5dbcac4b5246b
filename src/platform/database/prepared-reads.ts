import pg from 'pg'
import type { Model, Row } from './data-model.ts'
import { type CompiledRead, compileCount, compileRows, type RowsOperation } from './reads/compiled-read.ts'
import type { StatementListener } from './statement.ts'

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: no such prepared statement, or one with this name.
 */
const forgottenStates = new Set(['26000', '42P05'])
/**
 * A prepared statement stays with its connection, where it takes 30 to 160 kB, so the number of names is bounded. Each size
 * of a page is a statement of its own. Reads beyond the bound have no name: PostgreSQL then plans every call.
 */
const maxNames = 500

/**
 * Runs reads as prepared statements of this project instead of Prisma's: PostgreSQL spends a third of the time on them.
 * The arguments are Prisma's. A statement is prepared once for each connection, unless its best plan depends on the values.
 * Prisma runs what cannot be expressed.
 */
export class PreparedReads {
  readonly #pool: pg.Pool
  readonly #observe: StatementListener
  readonly #names = new Map<string, string>()
  #givesNames = true

  constructor(pool: pg.Pool, observe: StatementListener) {
    this.#pool = pool
    this.#observe = observe
  }

  /** The rows as Prisma returns them; undefined where Prisma must run the query. */
  rows(model: Model, operation: RowsOperation, args: object): Promise<Row[]> | undefined {
    const read = compileRows(model, operation, args)
    return read && this.#run(read, (rows) => rows.length)
  }

  count(model: Model, args: object): Promise<number> | undefined {
    const read = compileCount(model, args)
    return read && this.#run(read, () => 1)
  }

  async #run<Result>(read: CompiledRead<Result>, rowsIn: (result: Result) => number): Promise<Result> {
    const { sql, values } = read
    const result = read.result(await this.#rows(read))
    this.#observe({ sql, args: values, rows: rowsIn(result) })
    return result
  }

  async #rows({ sql, values, dependsOnValues }: CompiledRead<unknown>): Promise<unknown[][]> {
    const name = dependsOnValues ? undefined : this.#nameOf(sql)
    const statement = { name, text: sql, values: [...values], rowMode: 'array' as const }
    const { rows } = await this.#pool.query<unknown[]>(statement).catch((error: unknown) => {
      if (!isForgotten(error)) throw error
      // A name that one connection knows and another does not means a pooler in between: from now on statements have no
      // names.
      this.#givesNames = false
      return this.#pool.query<unknown[]>({ ...statement, name: undefined })
    })
    return rows
  }

  #nameOf(sql: string): string | undefined {
    if (!this.#givesNames) return undefined
    const known = this.#names.get(sql)
    if (known !== undefined || this.#names.size >= maxNames) return known
    const name = `read_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && forgottenStates.has(error.code)
}

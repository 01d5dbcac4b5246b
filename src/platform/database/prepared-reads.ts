import type { SqlDriverAdapter, SqlQuery } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import type { StatementListener } from './client.ts'
import { type Model, propertyOf } from './data-model.ts'
import type { Row } from './delegate.ts'
import { withRowComparison } from './keyset-sql.ts'
import { ReadShape } from './read-shape.ts'
import { columnTypes, rowReader } from './row-reader.ts'

const preparedOperations = ['findMany', 'findFirst', 'findUnique'] as const
export type PreparedOperation = (typeof preparedOperations)[number]

export function isPrepared(operation: string): operation is PreparedOperation {
  return preparedOperations.some((prepared) => prepared === operation)
}

interface PreparedRead {
  /** The server's name for the statement, which it parses once a connection; without one, each time. */
  name: string | undefined
  sql: string
  /** Of each parameter: the place of its value among those of the read, or what it always is. */
  parameters: readonly ({ hole: number; type: SqlQuery['argTypes'][number] } | { constant: unknown })[]
  /** Known when the first answer has said in which order the columns come. */
  toRow?: (values: readonly unknown[]) => Row
}

/** Reads of one shape share a statement; beyond this many shapes the oldest is planned anew. */
const maxShapes = 1000
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: "cached plan must not change result type". */
const changedResult = '0A000'
/** And: no such prepared statement, or there is one of this name. */
const outdatedStates = new Set([changedResult, '26000', '42P05'])
/** What PostgreSQL prepared stays with its connection, so that names are not given without end. */
const maxNames = 5000

/**
 * Prisma plans each shape of a read once, and its statement is then run directly: planning, and turning the answer
 * into objects by way of generic steps, is half of what a read costs. What is not understood here is left to Prisma.
 *
 * The plan is had from a client that has no database: it is asked for the same read with marks in the place of the
 * values, and the marks are looked for among the parameters of its one statement.
 */
export class PreparedReads {
  readonly #pool: pg.Pool
  readonly #observe: StatementListener
  readonly #reads = new Map<string, PreparedRead | 'unprepared'>()
  #named = 0

  constructor(pool: pg.Pool, observe: StatementListener) {
    this.#pool = pool
    this.#observe = observe
  }

  /** The rows, as Prisma gives them; undefined where Prisma must be asked. */
  async rows(model: Model, operation: PreparedOperation, args: object): Promise<Row[] | undefined> {
    const shape = ReadShape.of(model, operation, args)
    if (!shape) return undefined
    const read = this.#reads.get(shape.key) ?? (await this.#prepare(model, operation, shape))
    if (read === 'unprepared') return undefined
    return this.#run(read, shape)
  }

  async #run(read: PreparedRead, { model, key, values, select }: ReadShape): Promise<Row[] | undefined> {
    const { name, sql, parameters } = read
    const args = parameters.map((parameter) =>
      'hole' in parameter ? parameterOf(values[parameter.hole], parameter.type) : parameter.constant,
    )
    const statement = { name, text: sql, values: args, rowMode: 'array' as const, types: columnTypes }
    const answer = await this.#pool.query<unknown[]>(statement).catch((error: unknown) => this.#forget(error))
    if (!answer) return undefined
    const { rows, fields } = answer
    this.#observe({ sql, args, rows: rows.length })
    read.toRow ??= rowReader(
      model,
      select,
      fields.map((field) => field.name),
    )
    if (read.toRow) return rows.map(read.toRow)
    this.#reads.set(key, 'unprepared')
    return undefined
  }

  /**
   * A statement that PostgreSQL no longer takes as it was prepared, as after a migration, is prepared anew. One that
   * another connection knows and this does not is a pooler's doing: from then on nothing is given a name.
   */
  #forget(error: unknown): undefined {
    const state = error instanceof pg.DatabaseError ? error.code : undefined
    if (state === undefined || !outdatedStates.has(state)) throw error
    if (state !== changedResult) this.#named = maxNames
    this.#reads.clear()
    return undefined
  }

  async #prepare(model: Model, operation: PreparedOperation, shape: ReadShape): Promise<PreparedRead | 'unprepared'> {
    const planned = await plan(model, operation, shape)
    const name = this.#named < maxNames ? `read_${++this.#named}` : undefined
    const read = planned ? { ...planned, name } : ('unprepared' as const)
    const oldest = this.#reads.size >= maxShapes ? this.#reads.keys().next().value : undefined
    if (oldest !== undefined) this.#reads.delete(oldest)
    this.#reads.set(shape.key, read)
    return read
  }
}

async function plan(
  model: Model,
  operation: PreparedOperation,
  shape: ReadShape,
): Promise<Omit<PreparedRead, 'name'> | undefined> {
  const marked = shape.marked()
  const statements = await planner.statementsOf(model, operation, marked.args)
  const [statement] = statements
  if (!statement || statements.length > 1) return undefined
  const holes = new Map(marked.marks.map((mark, hole) => [textOf(mark), hole]))
  const found = new Set<number>()
  const parameters = statement.args.map((arg, index) => {
    const hole = holes.get(textOf(arg))
    const type = statement.argTypes[index]
    if (hole === undefined || !type) return { constant: arg }
    found.add(hole)
    return { hole, type }
  })
  // A value that went into the text of the statement, or was changed on the way, cannot be put in its place.
  return found.size === marked.marks.length ? { sql: withRowComparison(statement.sql), parameters } : undefined
}

/** A client that plans and never connects. It keeps nothing of what it is asked, so the process has one. */
class Planner {
  #statements: SqlQuery[] = []
  readonly #client = new PrismaClient({
    adapter: { provider: 'postgres', adapterName: 'planner', connect: async () => this.#connection() },
  })
  #last: Promise<unknown> = Promise.resolve()

  /** One at a time, so that each statement is known to be of its read. */
  statementsOf(model: Model, operation: PreparedOperation, args: object): Promise<SqlQuery[]> {
    const planned = this.#last.then(async () => {
      this.#statements = []
      const delegate: object = this.#client[propertyOf(model)]
      await Reflect.get(delegate, operation)(args)
      return this.#statements
    })
    this.#last = planned.catch(() => {})
    // What Prisma refuses is refused again, in words of its own, where it is asked for rows.
    return planned.catch(() => [])
  }

  #connection(): SqlDriverAdapter {
    const never = () => Promise.reject(new Error('the planner has no database'))
    return {
      provider: 'postgres',
      adapterName: 'planner',
      getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
      queryRaw: async (query) => {
        this.#statements.push(query)
        return { columnNames: [], columnTypes: [], rows: [] }
      },
      executeRaw: never,
      executeScript: never,
      startTransaction: never,
      dispose: async () => {},
    }
  }
}

const planner = new Planner()

/** As the driver adapter writes values, but for times: with their zone, so that the session's does not matter. */
function parameterOf(value: unknown, type: SqlQuery['argTypes'][number]): unknown {
  if (!(value instanceof Date)) return typeof value === 'bigint' || typeof value === 'number' ? String(value) : value
  return type.dbType === 'DATE' ? value.toISOString().slice(0, 10) : value.toISOString()
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

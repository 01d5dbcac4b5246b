import pg from 'pg'
import { Prisma } from '../../generated/prisma/client.ts'
import { connectWithin } from './bounded-pool.ts'
import type { CurrentBounds } from './bounds.ts'
import { type Model, propertyOf } from './data-model.ts'
import { DeadlinePassed, isAftermath, isOutdated } from './failure.ts'
import { momentIn } from './moment.ts'
import { physicalTable } from './physical-names.ts'
import { plainValue } from './plain-value.ts'
import type { Statement, StatementListener } from './statement.ts'
import { type Send, Table } from './table.ts'
import type { TimeZone } from './time-zone.ts'
import { insertPosition, positionIn, type SeenPosition } from './wal-position.ts'

/**
 * What a mutation works with: a table for each model, and SQL for everything else.
 * Statements are sent in the order of the calls, without waiting for responses. Await independent statements together
 * with `Promise.all`: they are one round trip.
 */
export type Transaction = { readonly [M in Model as Uncapitalize<M>]: Table<M> } & {
  /** Returns the rows. */
  $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<unknown[]>
  /** The same for a text with `$1`, `$2`, … in it, for libraries that write their own SQL. */
  $queryRawUnsafe(text: string, ...values: unknown[]): Promise<unknown[]>
  /** Returns how many rows it read or wrote. */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>
  /**
   * Locks rows by their keys, which the text names `$1`, and returns them, each with its key as `id`. For many inputs one
   * statement locks the rows of all.
   */
  $lockRows(text: string, keys: readonly LockedKey[]): Promise<unknown[]>
  /** Writes rows that are new or locked. The text names their columns `$1`, `$2`, …; for many inputs one statement writes all. */
  $writeRows(text: string, ...columns: readonly (readonly unknown[])[]): Promise<void>
  /** For writes whose results are not needed: nothing waits for them, and the commit behind them fails if one fails. */
  $withCommit(...writes: Promise<unknown>[]): void
  /** The zone of columns without one. */
  readonly $zone: TimeZone
}

/** A key of one field. */
export type LockedKey = string | number | bigint

type Raw = [query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]]

/** The database as a request sees it, beside its policed client. */
export interface Transactions {
  /** Runs the writes of a mutation in one transaction, READ COMMITTED. The mutation locks rows in one fixed order. */
  run<T>(write: (tx: Transaction) => Promise<T>): Promise<T>
}

interface Parts {
  pool: pg.Pool
  /** The zone of columns without one. */
  zone: TimeZone
  /** How long a transaction may be open, in milliseconds. */
  timeoutMs: number
  /** How long one of its statements may run, in milliseconds: the session's own timeout. */
  statementMs: number
  /** Of the request that a transaction is for; without it transactions are the server's own. */
  bounds?: CurrentBounds
  observe: StatementListener
}

const bigintOid = 20
/** date, time, and timestamp without and with a zone */
const momentOids: readonly number[] = [1082, 1083, 1114, 1184]

/** Values as the models have them: bigint beyond 2^53, and moments that depend on no zone of a process. */
function resultTypes(zone: TimeZone): pg.CustomTypesConfig {
  const moment = (text: string) => momentIn(text.replace(' ', 'T').replace('TBC', ' BC'), zone)
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') => {
      if (oid === bigintOid) return BigInt
      return momentOids.includes(oid) ? moment : pg.types.getTypeParser(oid, format as 'text')
    },
  }
}

const tables = Object.values(Prisma.ModelName).map((model) => ({
  property: propertyOf(model),
  model,
  table: physicalTable(model),
}))

/** Transactions on pooled connections, in prepared statements only. */
export class PooledTransactions implements Transactions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** `onEnd` receives a position behind the transaction: where it is replayed, what was written or found is visible. */
  async run<T>(write: (tx: Transaction) => Promise<T>, onEnd?: (position: SeenPosition) => void): Promise<T> {
    const { pool, bounds } = this.#parts
    const ofRequest = bounds?.()
    const client = await (ofRequest ? connectWithin(pool, ofRequest) : pool.connect())
    const open = new OpenTransaction(client, { ...this.#parts, deadline: ofRequest?.deadline, onEnd })
    const begun = open.begin()
    try {
      const result = await write(open.tables())
      await Promise.all([begun, open.commit()])
      return result
    } catch (error) {
      await open.rollback()
      // If it did not begin, that is the cause of every other error.
      await begun
      throw error
    } finally {
      client.release(open.isBroken)
    }
  }
}

interface OpenParts extends Omit<Parts, 'pool' | 'bounds'> {
  /** Of the request, as `performance.now()` counts. */
  deadline: number | undefined
  onEnd: ((position: SeenPosition) => void) | undefined
}

class OpenTransaction {
  readonly #client: pg.PoolClient
  readonly #observe: StatementListener
  readonly #onEnd: ((position: SeenPosition) => void) | undefined
  readonly #zone: TimeZone
  readonly #types: pg.CustomTypesConfig
  readonly #deadline: number
  readonly #statementMs: number
  #failure: unknown
  #isOver = false
  isBroken = false

  constructor(
    client: pg.PoolClient,
    { timeoutMs, statementMs, deadline = Number.POSITIVE_INFINITY, zone, observe, onEnd }: OpenParts,
  ) {
    this.#zone = zone
    this.#types = resultTypes(zone)
    this.#client = client
    this.#observe = observe
    this.#onEnd = onEnd
    this.#deadline = Math.min(deadline, performance.now() + timeoutMs)
    this.#statementMs = statementMs
  }

  /** Not awaited: in a session `ofServer` no later statement could write if this one failed. */
  begin(): Promise<unknown> {
    const begun = this.#client.query(`begin read write${this.#statementBound()}`)
    begun.catch(() => {})
    return begun
  }

  /** Where less time is left than the session gives a statement. */
  #statementBound(): string {
    const left = Math.max(1, Math.ceil(this.#deadline - performance.now()))
    return left < this.#statementMs ? `; set local statement_timeout = ${left}` : ''
  }

  /** Sent behind statements under way: if one of them fails, PostgreSQL turns the commit into a rollback. */
  async commit(): Promise<void> {
    this.#checkTime()
    if (this.#failure !== undefined) throw this.#failure
    this.#isOver = true
    const startedAt = performance.now()
    await this.#end('commit')
    this.#tell({ sql: 'commit', args: [], rows: 0, startedAt })
    if (this.#failure !== undefined) throw this.#failure
  }

  async rollback(): Promise<void> {
    this.#isOver = true
    const startedAt = performance.now()
    try {
      await this.#end('rollback')
      this.#tell({ sql: 'rollback', args: [], rows: 0, startedAt })
    } catch {
      this.isBroken = true
    }
  }

  /** The position is asked for in the same round trip. Its failure does not make a commit fail that has happened. */
  async #end(sql: 'commit' | 'rollback'): Promise<void> {
    const ending = this.#client.query(sql)
    const tell = this.#onEnd
    if (!tell) {
      await ending
      return
    }
    const position = this.#client
      .query({ name: 'position', text: insertPosition })
      .then(({ rows }) => positionIn(rows))
      .catch(() => 'unknown' as const)
    await Promise.all([ending, position.then(tell)])
  }

  /** The properties have the names that the type has. */
  tables(): Transaction {
    const send: Send = (text, values) => this.#send(text, values)
    const delegates = tables.map(({ property, model, table }) => [
      property,
      new Table(send, { model, table, zone: this.#zone }),
    ])
    return {
      ...Object.fromEntries(delegates),
      $queryRaw: async (...raw: Raw) => (await this.#sendRaw(raw)).rows,
      $queryRawUnsafe: async (text: string, ...values: unknown[]) => (await this.#send(text, values)).rows,
      $executeRaw: async (...raw: Raw) => (await this.#sendRaw(raw)).count,
      $lockRows: async (text: string, keys: readonly LockedKey[]) => (await this.#send(text, [keys])).rows,
      $writeRows: async (text: string, ...columns: readonly (readonly unknown[])[]) => {
        await this.#send(text, columns)
      },
      $withCommit: (...writes: Promise<unknown>[]) => {
        const keep = (error: unknown) => {
          this.#failure ??= error
        }
        for (const write of writes) write.catch(keep)
      },
      $zone: this.#zone,
    } as Transaction
  }

  #sendRaw([query, ...values]: Raw): ReturnType<Send> {
    const sql = 'raw' in query ? Prisma.sql(query, ...values) : query
    return this.#send(sql.text, sql.values.map(plainValue))
  }

  async #send(text: string, values: readonly unknown[]): ReturnType<Send> {
    // The connection may serve another request now.
    if (this.#isOver) throw new Error('the transaction is over')
    const startedAt = performance.now()
    try {
      this.#checkTime()
      const statement = { name: statementNames.of(text), text, values: [...values], types: this.#types }
      const { rows, rowCount } = await this.#client.query(statement)
      this.#tell({ sql: text, args: values, rows: rowCount ?? 0, startedAt })
      return { rows, count: rowCount ?? 0 }
    } catch (error) {
      // Those behind the first failure were not executed.
      if (this.#failure === undefined) this.#tell({ sql: text, args: values, rows: 0, startedAt, hasFailed: true })
      this.#failure ??= error
      if (isOutdated(error)) statementNames.forget()
      throw isAftermath(error) ? this.#failure : error
    }
  }

  #tell({ hasFailed = false, ...sent }: Omit<Statement, 'server' | 'askedBy' | 'hasFailed'> & { hasFailed?: boolean }) {
    this.#observe({ ...sent, server: 'primary', askedBy: undefined, hasFailed })
  }

  #checkTime(): void {
    if (performance.now() > this.#deadline) throw new DeadlinePassed()
  }
}

/** A prepared statement stays with its connection, so the number of names is bounded. */
const maxNames = 5000

/** Names for prepared statements, which PostgreSQL parses once for each connection. */
class StatementNames {
  readonly #names = new Map<string, string>()
  #given = 0

  /** Undefined where the statement must be parsed each time. */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#given >= maxNames) return known
    const name = `write_${++this.#given}`
    this.#names.set(text, name)
    return name
  }

  /** Gives every statement a new name. */
  forget(): void {
    this.#names.clear()
  }
}

/** One for the process, because all users of a connection must agree. */
const statementNames = new StatementNames()

import pg from 'pg'
import { Prisma } from '../../generated/prisma/client.ts'
import { type Model, propertyOf } from './data-model.ts'
import { isAftermath, isOutdated, TransactionTimeout } from './failure.ts'
import { physicalTable } from './physical-names.ts'
import { plainValue } from './plain-value.ts'
import type { StatementListener } from './statement.ts'
import { type Send, Table } from './table.ts'

/**
 * What a mutation is given of the database: a table for each model, and SQL of its own for what these do not do.
 *
 * Statements are sent in the order they are asked for, none waiting for the answer to the one before. Those that do not
 * need each other's are awaited together, with `Promise.all`, and are one round trip.
 */
export type Transaction = { readonly [M in Model as Uncapitalize<M>]: Table<M> } & {
  /** Its rows. */
  $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<unknown[]>
  /** How many rows it read or wrote. */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>
  /** Sends what nobody waits for the answer of: it goes with the commit, which fails where it does. */
  $executeLast(query: Prisma.Sql): void
}

type Raw = [query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]]

/** All that a request is given of the database beside its policed client. */
export interface Transactions {
  /** Runs a mutation's writes in one transaction; READ COMMITTED, rows locked by the mutation in one fixed order. */
  run<T>(write: (tx: Transaction) => Promise<T>): Promise<T>
}

interface Parts {
  pool: pg.Pool
  /** How long a transaction may be open, in milliseconds. */
  timeoutMs: number
  observe: StatementListener
}

const bigintOid = 20
const dateOid = 1082

/** As the models have it: numbers beyond 2^53 as such, and a date at midnight UTC, not where the server stands. */
const resultTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === bigintOid) return BigInt
    return oid === dateOid ? dateAt : pg.types.getTypeParser(oid, format as 'text')
  },
}

function dateAt(text: string): Date {
  return new Date(`${text}T00:00:00.000Z`)
}

/** What connections are opened with: outside of a transaction made here they write nothing. */
export const sessionOptions = '-c default_transaction_read_only=on'

const tables = Object.values(Prisma.ModelName).map((model) => ({
  property: propertyOf(model),
  model,
  table: physicalTable(model),
}))

/** Transactions of the pool's connections, made of prepared statements and nothing else. */
export class PooledTransactions implements Transactions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async run<T>(write: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#parts.pool.connect()
    const open = new OpenTransaction(client, this.#parts)
    const begun = open.begin()
    try {
      const result = await write(open.tables())
      await Promise.all([begun, open.commit()])
      return result
    } catch (error) {
      await open.rollback()
      // Where it did not begin, all else failed for that.
      await begun
      throw error
    } finally {
      client.release(open.isBroken)
    }
  }
}

class OpenTransaction {
  readonly #client: pg.PoolClient
  readonly #observe: StatementListener
  readonly #deadline: number
  #failure: unknown
  #isOver = false
  isBroken = false

  constructor(client: pg.PoolClient, { timeoutMs, observe }: Omit<Parts, 'pool'>) {
    this.#client = client
    this.#observe = observe
    this.#deadline = performance.now() + timeoutMs
  }

  /** Not waited for: in a connection of `sessionOptions` nothing that follows could write if this failed. */
  begin(): Promise<unknown> {
    const begun = this.#client.query('begin read write')
    begun.catch(() => {})
    return begun
  }

  /** Sent behind what is not answered yet: where any of that fails, PostgreSQL makes a rollback of it. */
  async commit(): Promise<void> {
    this.#checkTime()
    if (this.#failure !== undefined) throw this.#failure
    this.#isOver = true
    await this.#client.query('commit')
    this.#observe({ sql: 'commit', args: [], rows: 0 })
    if (this.#failure !== undefined) throw this.#failure
  }

  async rollback(): Promise<void> {
    this.#isOver = true
    try {
      await this.#client.query('rollback')
      this.#observe({ sql: 'rollback', args: [], rows: 0 })
    } catch {
      this.isBroken = true
    }
  }

  /** Its parts are made by the names its type is made of. */
  tables(): Transaction {
    const send: Send = (text, values) => this.#send(text, values)
    const delegates = tables.map(({ property, model, table }) => [property, new Table(send, model, table)])
    return {
      ...Object.fromEntries(delegates),
      $queryRaw: async (...raw: Raw) => (await this.#sendRaw(raw)).rows,
      $executeRaw: async (...raw: Raw) => (await this.#sendRaw(raw)).count,
      $executeLast: (query: Prisma.Sql) => void this.#sendRaw([query]).catch(() => {}),
    } as Transaction
  }

  #sendRaw([query, ...values]: Raw): ReturnType<Send> {
    const sql = 'raw' in query ? Prisma.sql(query, ...values) : query
    return this.#send(sql.text, sql.values.map(plainValue))
  }

  async #send(text: string, values: readonly unknown[]): ReturnType<Send> {
    // By now the connection is another's.
    if (this.#isOver) throw new Error('the transaction is over')
    try {
      this.#checkTime()
      const statement = { name: statementNames.of(text), text, values: [...values], types: resultTypes }
      const { rows, rowCount } = await this.#client.query(statement)
      this.#observe({ sql: text, args: values, rows: rowCount ?? 0 })
      return { rows, count: rowCount ?? 0 }
    } catch (error) {
      this.#failure ??= error
      if (isOutdated(error)) statementNames.forget()
      throw isAftermath(error) ? this.#failure : error
    }
  }

  #checkTime(): void {
    if (performance.now() > this.#deadline) throw new TransactionTimeout()
  }
}

/** What PostgreSQL prepared stays with its connection, so that names are not given without end. */
const maxNames = 5000

/** The server's names for statements, which it parses once a connection. */
class StatementNames {
  readonly #names = new Map<string, string>()
  #given = 0

  /** Undefined where it is to be parsed each time. */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#given >= maxNames) return known
    const name = `write_${++this.#given}`
    this.#names.set(text, name)
    return name
  }

  /** From now on all get new ones. */
  forget(): void {
    this.#names.clear()
  }
}

/** Of the process, since those who share a connection must agree. */
const statementNames = new StatementNames()

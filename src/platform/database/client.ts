import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import type { Config } from '../config/config.ts'
import { BatchingSocket } from './batching-socket.ts'
import { PreparedReads } from './prepared-reads.ts'
import type { Statement, StatementListener } from './statement.ts'
import { PooledTransactions, sessionOptions, type Transactions } from './transaction.ts'

export class Database {
  readonly client: PrismaClient
  readonly transactions: Transactions
  readonly prepared: PreparedReads
  readonly #pool: pg.Pool
  /** Transactions of the server's own work, which count for no request. */
  readonly ownTransactions: Transactions
  readonly #listeners = new Set<StatementListener>()

  constructor(url: string, config: Pick<Config['database'], 'poolSize' | 'poolWaitMs' | 'statementTimeoutMs'>) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: config.poolSize,
      application_name: 'frontdoor',
      // Every wait has a bound: for a connection, a statement, a lock, and an idle transaction.
      connectionTimeoutMillis: config.poolWaitMs,
      statement_timeout: config.statementTimeoutMs,
      lock_timeout: config.statementTimeoutMs,
      idle_in_transaction_session_timeout: config.statementTimeoutMs,
      // Sends a statement without waiting for the response to the one before it.
      pipeline: true,
      options: sessionOptions,
      stream: () => new BatchingSocket(),
    })
    // The pool replaces a broken connection. Without a listener the error would end the process.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
    // Any other format repeats the arguments of a refused call in its message.
    const errorFormat = 'minimal'
    const adapter = new ObservedPg(this.#pool, (statement) => this.#observe(statement))
    this.client = new PrismaClient({ adapter, errorFormat })
    this.prepared = new PreparedReads(this.#pool, (statement) => this.#observe(statement))
    const parts = { pool: this.#pool, timeoutMs: config.statementTimeoutMs }
    this.transactions = new PooledTransactions({ ...parts, observe: (statement) => this.#observe(statement) })
    this.ownTransactions = new PooledTransactions({ ...parts, observe: () => {} })
  }

  async ping(): Promise<void> {
    await this.#pool.query('select 1')
  }

  onStatement(listener: StatementListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Runs a write of the server's own. No listener sees it, so it counts for no request. */
  async runInBackground(statement: Prisma.Sql): Promise<void> {
    await this.ownTransactions.run((tx) => tx.$executeRaw(statement))
  }

  async close(): Promise<void> {
    await this.client.$disconnect()
    await this.#pool.end()
  }

  #observe(statement: Statement): void {
    for (const listener of this.#listeners) listener(statement)
  }
}

/** Prisma's PostgreSQL adapter that reports every statement. */
class ObservedPg extends PrismaPg {
  readonly #observe: StatementListener

  constructor(pool: pg.Pool, observe: StatementListener) {
    super(pool)
    this.#observe = observe
  }

  override async connect() {
    const adapter = await super.connect()
    observeQueries(adapter, this.#observe)
    return adapter
  }
}

function observeQueries(queryable: SqlQueryable, observe: StatementListener): void {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = async (query: SqlQuery) => {
    const result = await queryRaw(query)
    observe({ sql: query.sql, args: query.args, rows: result.rows.length })
    return result
  }
  queryable.executeRaw = async (query: SqlQuery) => {
    const rows = await executeRaw(query)
    observe({ sql: query.sql, args: query.args, rows })
    return rows
  }
}

import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import type { Config } from '../config.ts'
import { requestScope } from '../request-scope.ts'
import { PreparedReads } from './prepared-reads.ts'

export type Transaction = Prisma.TransactionClient

/** All that a request is given of the database beside its policed client. */
export interface Transactions {
  /** Runs a verb's writes in one transaction; READ COMMITTED, rows locked by the verb in one fixed order. */
  run<T>(write: (tx: Transaction) => Promise<T>): Promise<T>
}

/** One statement as it was sent; for tests and traces. */
export type StatementListener = (statement: { sql: string; args: readonly unknown[]; rows: number }) => void

export class Database {
  readonly client: PrismaClient
  readonly transactions: Transactions
  readonly prepared: PreparedReads
  readonly #pool: pg.Pool
  readonly #listeners = new Set<StatementListener>()

  constructor(url: string, config: Pick<Config['database'], 'poolSize' | 'poolWaitMs' | 'statementTimeoutMs'>) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: config.poolSize,
      application_name: 'frontdoor',
      // Nothing waits for ever: for a connection, for a statement, for a lock, in a transaction left open.
      connectionTimeoutMillis: config.poolWaitMs,
      statement_timeout: config.statementTimeoutMs,
      lock_timeout: config.statementTimeoutMs,
      idle_in_transaction_session_timeout: config.statementTimeoutMs,
    })
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.#pool.on('error', () => {})
    // Any other format repeats the arguments of a refused call in its message.
    const errorFormat = 'minimal'
    const adapter = new ObservedPg(this.#pool, (statement) => this.#observe(statement))
    this.client = new PrismaClient({ adapter, errorFormat })
    this.prepared = new PreparedReads(this.#pool, (statement) => this.#observe(statement))
    const limits = { maxWait: config.poolWaitMs, timeout: config.statementTimeoutMs }
    this.transactions = { run: (write) => this.client.$transaction(write, limits) }
  }

  async ping(): Promise<void> {
    await this.#pool.query('select 1')
  }

  onStatement(listener: StatementListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** One statement of the server's own, beside every request: counted with none of them. */
  async aside({ text, values }: Pick<Prisma.Sql, 'text' | 'values'>): Promise<void> {
    await this.#pool.query(text, [...values])
  }

  async close(): Promise<void> {
    await this.client.$disconnect()
    await this.#pool.end()
  }

  #observe(statement: Parameters<StatementListener>[0]): void {
    const scope = requestScope.getStore()
    if (scope) {
      scope.statements++
      scope.rows += statement.rows
    }
    for (const listener of this.#listeners) listener(statement)
  }
}

/** Prisma's PostgreSQL adapter, with every statement counted. */
class ObservedPg extends PrismaPg {
  readonly #observe: StatementListener

  constructor(pool: pg.Pool, observe: StatementListener) {
    super(pool)
    this.#observe = observe
  }

  override async connect() {
    const adapter = await super.connect()
    observeQueries(adapter, this.#observe)
    const startTransaction: SqlDriverAdapter['startTransaction'] = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (isolationLevel) => {
      const transaction = await startTransaction(isolationLevel)
      observeQueries(transaction, this.#observe)
      return transaction
    }
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

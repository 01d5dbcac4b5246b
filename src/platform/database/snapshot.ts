import pg from 'pg'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { BatchingSocket } from './batching-socket.ts'
import { PreparedReads } from './prepared-reads.ts'
import { prismaOver } from './prisma-over.ts'
import type { ReadSource } from './read-pool.ts'
import type { Values } from './reads/row-reader.ts'
import { queryRows, type RowStatement } from './row-query.ts'
import { serverSessionAt } from './session.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

interface SnapshotOptions {
  connectMs: number
  statementMs: number
  zone: TimeZone
  operatorSchemas: readonly string[]
  observe: StatementListener
}

/** A client that reads slowly may hold the snapshot for this long between two statements. */
const idleMs = 60_000

/**
 * Reads of one moment: all statements see what was committed when it was opened, over a connection of its own. When the
 * connection breaks, every further read fails.
 */
export class Snapshot implements AsyncDisposable {
  readonly client: PrismaClient
  readonly prepared: PreparedReads
  readonly reports: PreparedReads
  readonly #pool: pg.Pool
  readonly #cancel: () => Promise<void>
  #isClosed = false

  /** Throws where the database cannot be reached. */
  static async open(
    source: ReadSource,
    { connectMs, statementMs, zone, operatorSchemas, observe }: SnapshotOptions,
  ): Promise<Snapshot> {
    const pool = new pg.Pool({
      ...serverSessionAt(source.url, {
        connectMs,
        statementMs,
        lockMs: statementMs,
        idleInTransactionMs: idleMs,
        operatorSchemas,
      }),
      // The one connection holds the transaction, so it is never replaced.
      max: 1,
      idleTimeoutMillis: 0,
      application_name: 'frontdoor export',
      connectionTimeoutMillis: connectMs,
      pipeline: true,
      stream: () => new BatchingSocket(),
    })
    pool.on('error', () => {})
    const client = await pool.connect()
    client.on('error', () => {})
    // A broken connection is removed. The pool would make another one, which sees later data.
    pool.on('remove', () => pool.ending || void pool.end())
    try {
      await client.query('begin isolation level repeatable read read only')
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      client.release()
      return new Snapshot(pool, { zone, observe, server: source.name }, () => cancel(source, rows[0]?.pid ?? 0))
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  private constructor(
    pool: pg.Pool,
    { zone, observe, server }: Pick<SnapshotOptions, 'zone' | 'observe'> & { server: string },
    cancel: () => Promise<void>,
  ) {
    this.#pool = pool
    this.#cancel = cancel
    this.client = prismaOver(pool, { zone, server, observe })
    const rowsOf = (statement: RowStatement) => rowsAlone(pool, statement)
    this.prepared = new PreparedReads({ rowsOf, form: 'columns', zone, server }, observe)
    this.reports = this.prepared
  }

  /** Also ends a statement under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#pool.idleCount === 0) await this.#cancel().catch(() => {})
    await this.client.$disconnect()
    if (!this.#pool.ending) await this.#pool.end().catch(() => {})
  }
}

/** The rows of a statement, which has the one connection to itself. */
async function rowsAlone(pool: pg.Pool, statement: RowStatement): Promise<Values[]> {
  const client = await pool.connect()
  try {
    const rows = await queryRows(client, statement)
    client.release()
    return rows
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** Ends the statement of this process of PostgreSQL. */
async function cancel(source: ReadSource, backend: number): Promise<void> {
  const client = await source.connect()
  try {
    await client.query('select pg_cancel_backend($1)', [backend])
  } finally {
    client.release()
  }
}

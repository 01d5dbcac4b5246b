import pg from 'pg'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { PreparedReads, type RowsOf } from './prepared-reads.ts'
import { prismaOver } from './prisma-over.ts'
import type { ReadSource, SnapshotConnection } from './read-pool.ts'
import { queryRows } from './row-query.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

interface SnapshotParts {
  source: ReadSource
  connection: SnapshotConnection
  /** The process of PostgreSQL. */
  backend: number
}

interface SnapshotOptions {
  zone: TimeZone
  observe: StatementListener
}

/** The driver takes a name for one text, also where the connection has forgotten it. */
let opened = 0

/**
 * Reads of one moment: all statements see what was committed when it was opened, over a connection that nothing else uses
 * meanwhile. When the connection breaks, every further read fails. Afterwards the next snapshot may have the connection:
 * with a new process of PostgreSQL, 100,000 rows take up to twice the time.
 */
export class Snapshot implements AsyncDisposable {
  readonly prepared: PreparedReads
  readonly reports: PreparedReads
  readonly #parts: SnapshotParts
  readonly #options: SnapshotOptions
  #client: PrismaClient | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isRunning = false
  #hasFailed = false
  #isClosed = false

  /** Throws where the database cannot be reached. */
  static async open(source: ReadSource, options: SnapshotOptions): Promise<Snapshot> {
    const connection = await source.connectForSnapshot()
    try {
      const [, { rows }] = await Promise.all([
        connection.client.query('begin isolation level repeatable read read only'),
        connection.client.query<{ pid: number }>('select pg_backend_pid() as pid'),
      ])
      return new Snapshot({ source, connection, backend: rows[0]?.pid ?? 0 }, options)
    } catch (error) {
      await connection.end(false)
      throw error
    }
  }

  private constructor(parts: SnapshotParts, options: SnapshotOptions) {
    this.#parts = parts
    this.#options = options
    const { connection, source } = parts
    const { zone, observe } = options
    const rowsOf: RowsOf = (statement, itemOf) => this.#alone(() => queryRows(connection.client, statement, itemOf))
    const reads = { rowsOf, form: 'columns', zone, server: source.name } as const
    this.prepared = new PreparedReads(reads, observe, { prefix: `read_${opened++}` })
    this.reports = this.prepared
  }

  /** Is made where it is asked for: a flat list does without it. */
  get client(): PrismaClient {
    this.#client ??= prismaOver(this.#asPool(), { ...this.#options, server: this.#parts.source.name })
    return this.#client
  }

  /** Also ends a statement under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const isRunning = this.#isRunning
    if (isRunning) await this.#cancel().catch(() => {})
    await this.#parts.connection.end(!isRunning && !this.#hasFailed)
    await this.#client?.$disconnect()
  }

  /** Runs one statement at a time: a reader of many rows has the connection to itself. */
  #alone<Result>(send: () => Promise<Result>): Promise<Result> {
    const sent = this.#last.then(async () => {
      if (this.#isClosed) throw new Error('the snapshot is closed')
      this.#isRunning = true
      try {
        return await send()
      } catch (error) {
        this.#hasFailed = true
        throw error
      } finally {
        this.#isRunning = false
      }
    })
    this.#last = sent.catch(() => {})
    return sent
  }

  /** Prisma takes pools only. This one has the connection of the snapshot, and opens no other. */
  #asPool(): pg.Pool {
    const { client } = this.#parts.connection
    return Object.create(new pg.Pool(), {
      query: { value: (config: pg.QueryConfig) => this.#alone(() => client.query(config)) },
      connect: { value: () => Promise.reject(new Error('a snapshot has one transaction')) },
    })
  }

  /** Asks over another connection. */
  async #cancel(): Promise<void> {
    const { source, backend } = this.#parts
    const client = await source.connect()
    try {
      await client.query('select pg_cancel_backend($1)', [backend])
    } finally {
      client.release()
    }
  }
}

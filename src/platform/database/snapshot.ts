import pg from 'pg'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { PreparedReads, type RowsOf, type StatementNames } from './prepared-reads.ts'
import { prismaOver } from './prisma-over.ts'
import type { ReadSource } from './read-pool.ts'
import { queryRows } from './row-query.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

interface SnapshotOptions {
  zone: TimeZone
  observe: StatementListener
}

interface Begun {
  connection: pg.PoolClient
  names: StatementNames
  backend: number
}

/**
 * Reads of one moment: all statements see what was committed when it was opened, over a connection that nothing else uses
 * meanwhile. When the connection breaks, every further read fails. Afterwards the next snapshot may have the connection:
 * where a process of PostgreSQL is new, 100,000 rows take it twice the time.
 */
export class Snapshot implements AsyncDisposable {
  readonly prepared: PreparedReads
  readonly reports: PreparedReads
  readonly #source: ReadSource
  readonly #options: SnapshotOptions
  readonly #connection: pg.PoolClient
  /** The process of PostgreSQL. */
  readonly #backend: number
  #client: PrismaClient | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isRunning = false
  #isClosed = false

  /** Throws where the database cannot be reached. */
  static async open(source: ReadSource, options: SnapshotOptions): Promise<Snapshot> {
    const { client: connection, names } = await source.connectForSnapshot()
    try {
      const [, { rows }] = await Promise.all([
        connection.query('begin isolation level repeatable read read only'),
        connection.query<{ pid: number }>('select pg_backend_pid() as pid'),
      ])
      return new Snapshot(source, options, { connection, names, backend: rows[0]?.pid ?? 0 })
    } catch (error) {
      connection.release(true)
      throw error
    }
  }

  private constructor(source: ReadSource, options: SnapshotOptions, { connection, names, backend }: Begun) {
    this.#source = source
    this.#options = options
    this.#connection = connection
    this.#backend = backend
    const rowsOf: RowsOf = (statement, itemOf) => this.#alone(() => queryRows(connection, statement, itemOf))
    const { zone, observe } = options
    this.prepared = new PreparedReads({ rowsOf, names, form: 'columns', zone, server: source.name }, observe)
    this.reports = this.prepared
  }

  /** Is made where it is asked for: a flat list does without it. */
  get client(): PrismaClient {
    this.#client ??= prismaOver(this.#asPool(), { ...this.#options, server: this.#source.name })
    return this.#client
  }

  /** Also ends a statement under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const isClean = !this.#isRunning && (await this.#rollback())
    if (this.#isRunning) await this.#cancel().catch(() => {})
    this.#connection.release(!isClean)
    await this.#client?.$disconnect()
  }

  /** Runs one statement at a time: a reader of many rows has the connection to itself. */
  #alone<Result>(send: () => Promise<Result>): Promise<Result> {
    const sent = this.#last.then(async () => {
      if (this.#isClosed) throw new Error('the snapshot is closed')
      this.#isRunning = true
      try {
        return await send()
      } finally {
        this.#isRunning = false
      }
    })
    this.#last = sent.catch(() => {})
    return sent
  }

  /** Prisma takes pools only. This one has the connection of the snapshot, and opens no other. */
  #asPool(): pg.Pool {
    return Object.create(new pg.Pool(), {
      query: { value: (config: pg.QueryConfig) => this.#alone(() => this.#connection.query(config)) },
      connect: { value: () => Promise.reject(new Error('a snapshot has one transaction')) },
    })
  }

  async #rollback(): Promise<boolean> {
    try {
      await this.#connection.query('rollback')
      return true
    } catch {
      return false
    }
  }

  async #cancel(): Promise<void> {
    const client = await this.#source.connect()
    try {
      await client.query('select pg_cancel_backend($1)', [this.#backend])
    } finally {
      client.release()
    }
  }
}

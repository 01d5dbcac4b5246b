import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import type { PreparedReads } from './prepared-reads.ts'
import { type PoolConfig, type PoolUse, ReadPool, type ReadSource } from './read-pool.ts'
import type { ReplicaReports } from './replica.ts'
import { type ReadDemand, Replicas } from './replicas.ts'
import { Snapshot } from './snapshot.ts'
import type { Statement, StatementListener } from './statement.ts'
import { TimeZone } from './time-zone.ts'
import { PooledTransactions } from './transaction.ts'
import type { SeenPosition } from './wal-position.ts'

export interface ReplicaParts {
  urls: readonly string[]
  maxLagMs: number
  reports: ReplicaReports
}

const longMs = 3_600_000
/** A snapshot of many rows is old when its last row is read, so it may be a little older. */
const snapshotLagMs = 60_000

export class Database {
  readonly client: PrismaClient
  readonly transactions: PooledTransactions
  readonly prepared: PreparedReads
  readonly #primary: ReadPool
  readonly replicas: Replicas | undefined
  /** Transactions of the server's own work, which count for no request. */
  readonly ownTransactions: PooledTransactions
  /** For work of many statements: each has a bound, and the whole has an hour. */
  readonly longTransactions: PooledTransactions
  readonly #listeners = new Set<StatementListener>()
  readonly #failureListeners = new Set<StatementListener>()
  readonly #snapshot: Parameters<typeof Snapshot.open>[1]

  constructor(url: string, config: PoolConfig, replicas?: ReplicaParts) {
    const observe = (statement: Statement) => this.#observe(statement)
    this.#primary = new ReadPool('primary', url, config, observe)
    const { client, prepared, pool } = this.#primary
    this.client = client
    this.prepared = prepared
    const zone = new TimeZone(config.timeZone)
    const { statementTimeoutMs, bounds } = config
    const parts = { pool, zone, timeoutMs: statementTimeoutMs, statementMs: statementTimeoutMs }
    this.transactions = new PooledTransactions({ ...parts, bounds, observe })
    this.longTransactions = new PooledTransactions({ ...parts, timeoutMs: longMs, observe })
    this.#snapshot = { zone, observe }
    this.ownTransactions = new PooledTransactions({ ...parts, observe: () => {} })
    if (replicas && replicas.urls.length > 0)
      this.replicas = new Replicas({ ...replicas, primaryUrl: url, pool: config, observe })
  }

  /** Where every write is visible. */
  get primary(): ReadSource {
    return this.#primary
  }

  /**
   * A replica that meets the demand, or else the primary. For work that need not be as new as a response to a user, such
   * as a report, demand less: `{ maxLagMs: 60_000 }`.
   */
  async sourceFor(demand: ReadDemand = {}): Promise<ReadSource> {
    return (await this.replicas?.choose(demand)) ?? this.#primary
  }

  /** How the pools to all servers are used. */
  get pools(): readonly PoolUse[] {
    return [...this.#primary.pools, ...(this.replicas?.pools ?? [])]
  }

  /** Reads as requests do, on their pool: alone and in a transaction. Throws also where that takes longer than they wait. */
  ping(): Promise<void> {
    return this.#primary.ping()
  }

  /** Reads of one moment, on a replica where there is one that shows what `after` has seen. The caller closes it. */
  async openSnapshot(after?: SeenPosition): Promise<Snapshot> {
    const source = await this.sourceFor({ after, maxLagMs: snapshotLagMs })
    try {
      return await Snapshot.open(source, this.#snapshot)
    } catch (error) {
      if (source === this.#primary) throw error
      return Snapshot.open(this.#primary, this.#snapshot)
    }
  }

  /** Calls it for each statement that PostgreSQL has answered. */
  onStatement(listener: StatementListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls it for each statement that has failed. */
  onFailedStatement(listener: StatementListener): void {
    this.#failureListeners.add(listener)
  }

  /** Runs a write of the server's own. No listener sees it, so it counts for no request. */
  async runInBackground(statement: Prisma.Sql): Promise<void> {
    await this.ownTransactions.run((tx) => tx.$executeRaw(statement))
  }

  async close(): Promise<void> {
    await this.replicas?.close()
    await this.#primary.close()
  }

  #observe(statement: Statement): void {
    const listeners = statement.hasFailed ? this.#failureListeners : this.#listeners
    for (const listener of listeners) listener(statement)
  }
}

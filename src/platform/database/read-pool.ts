import type { Socket } from 'node:net'
import pg from 'pg'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import type { Config } from '../config/config.ts'
import { BatchingSocket } from './batching-socket.ts'
import { boundedPool } from './bounded-pool.ts'
import type { CurrentBounds } from './bounds.ts'
import { passageOf } from './pooler.ts'
import { PreparedReads, rowsOfPool } from './prepared-reads.ts'
import { prismaOver } from './prisma-over.ts'
import { serverSessionAt } from './session.ts'
import type { StatementListener } from './statement.ts'
import { TimeZone } from './time-zone.ts'

/** A server that reads can go to. */
export interface ReadSource {
  /** `primary`, or `replica 1`, `replica 2`, … in the order of the setting. */
  readonly name: string
  readonly url: string
  readonly client: PrismaClient
  readonly prepared: PreparedReads
  /** Reads of reports, on connections of their own: however long reports take, other requests find a connection. */
  readonly reports: PreparedReads
  /** A connection for reads that need one to themselves, such as a cursor. The caller releases it. */
  connect(): Promise<pg.PoolClient>
  /** The same for a snapshot, which may last for hours: beyond those that requests share. */
  connectForSnapshot(): Promise<SnapshotConnection>
}

/** The connection of a snapshot. */
export interface SnapshotConnection {
  readonly client: pg.PoolClient
  /** Ends the transaction. A connection that is as it was before may serve the next snapshot. */
  end(isIdle: boolean): Promise<void>
}

/** The connections of a pool, and how many wait for one. */
export interface PoolUse {
  server: string
  pool: 'requests' | 'reports'
  busy: number
  idle: number
  waiting: number
  most: number
}

export interface PoolConfig
  extends Pick<Config['database'], 'poolSize' | 'poolWaitMs' | 'statementTimeoutMs' | 'reports' | 'timeZone'> {
  /** By default as long as a statement may run. */
  lockTimeoutMs?: number
  /** Quoted. */
  operatorSchemas?: readonly string[]
  /** Of the request that a statement is for; without it statements are the server's own. */
  bounds?: CurrentBounds
}

/** The driver remembers all names of statements that were ever prepared on a connection. */
const snapshotsOfConnection = 1000
/** A client that reads slowly may hold a snapshot for this long between two statements. */
const snapshotIdleMs = 60_000

interface PoolOptions extends PoolConfig {
  applicationName?: string
  idleInTransactionMs?: number
  maxUses?: number
}

const settingsRead = {
  name: 'settings_read',
  text: `select current_setting('transaction_read_only') = 'on'
            and current_setting('search_path') like 'pg_catalog%' as "holds"`,
}

/** The connections to one server, with what reads over them. */
export class ReadPool implements ReadSource {
  readonly name: string
  readonly url: string
  readonly pool: pg.Pool
  readonly client: PrismaClient
  readonly prepared: PreparedReads
  readonly reports: PreparedReads
  readonly #reportPool: pg.Pool
  readonly #snapshotPool: pg.Pool
  /** Connections of snapshots that are open. */
  readonly #snapshots = new Set<pg.PoolClient>()
  readonly #waitMs: number
  readonly #sockets = new Set<Socket>()

  constructor(name: string, url: string, config: PoolConfig, observe: StatementListener) {
    this.name = name
    this.url = url
    this.#waitMs = config.poolWaitMs
    this.pool = this.#openPool(config)
    this.#reportPool = this.#openPool({ ...config, ...config.reports })
    const zone = new TimeZone(config.timeZone)
    const { bounds = () => undefined, statementTimeoutMs: statementMs, reports } = config
    this.#snapshotPool = this.#openPool({
      ...config,
      lockTimeoutMs: statementMs,
      idleInTransactionMs: snapshotIdleMs,
      applicationName: 'frontdoor export',
      poolSize: Number.POSITIVE_INFINITY,
      maxUses: snapshotsOfConnection,
    })
    const bounded = boundedPool(this.pool, { bounds, statementMs })
    this.client = prismaOver(bounded, { zone, server: name, observe })
    this.prepared = new PreparedReads({ rowsOf: rowsOfPool(bounded), form: 'json', zone, server: name }, observe)
    // The best plan of a report depends on its filter, and planning takes a small part of its time.
    const boundedReports = boundedPool(this.#reportPool, { bounds, statementMs: reports.statementTimeoutMs })
    const rowsOf = rowsOfPool(boundedReports)
    this.reports = new PreparedReads({ rowsOf, form: 'json', zone, server: name }, observe, { names: 0 })
  }

  /** How its pools are used. */
  get pools(): readonly PoolUse[] {
    return [this.#useOf('requests', this.pool), this.#useOf('reports', this.#reportPool)]
  }

  connect(): Promise<pg.PoolClient> {
    return this.pool.connect()
  }

  async connectForSnapshot(): Promise<SnapshotConnection> {
    const client = await this.#snapshotPool.connect()
    this.#snapshots.add(client)
    const end = async (isIdle: boolean) => {
      const isRenewed = isIdle && (await this.#renew(client))
      if (this.#snapshots.delete(client)) client.release(!isRenewed)
    }
    return { client, end }
  }

  /** Reads as requests do: alone and in a transaction. Throws also where that takes longer than they wait for a connection. */
  async ping(): Promise<void> {
    const client = await this.pool.connect()
    const late = setTimeout(() => client.connection.stream.destroy(), this.#waitMs)
    try {
      const read = () => client.query<{ holds: boolean }>(settingsRead)
      const [{ rows }] = await Promise.all([read(), client.query('begin read only'), read(), client.query('commit')])
      if (!rows[0]?.holds) throw new Error('the settings of the session do not hold')
      client.release()
    } catch (error) {
      client.release(true)
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  /** Fails what waits for a server that does not answer any more. New connections can be made. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Also ends snapshots, whose readers may take hours. */
  async close(): Promise<void> {
    await this.client.$disconnect()
    for (const client of this.#snapshots) client.release(true)
    this.#snapshots.clear()
    await Promise.all([this.pool, this.#reportPool, this.#snapshotPool].map((pool) => pool.end()))
  }

  /** Ends the transaction. Returns whether the connection is like a new one, without statements that were prepared on it. */
  async #renew(client: pg.PoolClient): Promise<boolean> {
    const { pooler } = passageOf(this.url)
    const late = setTimeout(() => client.connection.stream.destroy(), this.#waitMs)
    try {
      // Behind a pooler the statements are those of other connections too.
      await client.query(pooler ? 'rollback' : 'rollback; deallocate all')
      return !pooler
    } catch {
      return false
    } finally {
      clearTimeout(late)
    }
  }

  #useOf(pool: PoolUse['pool'], { totalCount, idleCount, waitingCount, options }: pg.Pool): PoolUse {
    const busy = totalCount - idleCount
    return { server: this.name, pool, busy, idle: idleCount, waiting: waitingCount, most: options.max }
  }

  /** Its connections are opened on first use. */
  #openPool({
    poolSize,
    poolWaitMs,
    statementTimeoutMs,
    lockTimeoutMs = statementTimeoutMs,
    idleInTransactionMs = statementTimeoutMs,
    applicationName = 'frontdoor',
    operatorSchemas = [],
    maxUses = Number.POSITIVE_INFINITY,
  }: PoolOptions): pg.Pool {
    const pool = new pg.Pool({
      // Every wait has a bound: for a connection, a statement, a lock, and an idle transaction.
      ...serverSessionAt(this.url, {
        connectMs: poolWaitMs,
        statementMs: statementTimeoutMs,
        lockMs: lockTimeoutMs,
        idleInTransactionMs,
        operatorSchemas,
      }),
      max: poolSize,
      maxUses,
      application_name: applicationName,
      connectionTimeoutMillis: poolWaitMs,
      // Sends a statement without waiting for the response to the one before it.
      pipeline: true,
      stream: () => this.#newSocket(),
    })
    // The pool replaces a broken connection. Without a listener the error would end the process.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
  }

  #newSocket(): Socket {
    const socket = new BatchingSocket()
    this.#sockets.add(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }
}

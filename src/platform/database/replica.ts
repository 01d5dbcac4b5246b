import type pg from 'pg'
import { z } from 'zod'
import { databaseFailure } from './failure.ts'
import { Probe } from './probe.ts'
import { type PoolConfig, ReadPool, type ReadSource, type SnapshotConnection } from './read-pool.ts'
import type { StatementListener } from './statement.ts'
import { lsn, type WalPosition } from './wal-position.ts'

/** What is told of replicas, by their names. */
export interface ReplicaReports {
  /** How far it may be behind the primary, in seconds. */
  lag(replica: string, seconds: number): void
  /** It takes reads from now on, or it takes none. */
  usable(replica: string, isUsable: boolean, why: { fault: string | undefined; err?: unknown }): void
  /** The primary does not say where it is, so that no replica can be compared with it. */
  primaryLost(err: unknown): void
  /** A read on it failed and is repeated on the primary. */
  repeated(replica: string): void
}

export interface ReplicaSettings {
  pool: PoolConfig
  observe: StatementListener
  reports: ReplicaReports
}

/** After a failed read, how long no other goes there. */
const distrustMs = 1000
/** Only what the primary did waits here for a lock, such as a migration; the primary itself may be past it. */
const lockTimeoutMs = 500

/**
 * The timeline of what was replayed is not shown by a function. The control file knows it later, from a restart point on:
 * after a promotion elsewhere a replica is out of use until then, but is never taken for one of the new primary.
 */
const replayPosition = `select system_identifier::text as "cluster", pg_last_wal_replay_lsn()::text as "lsn",
    greatest(timeline_id, min_recovery_end_timeline) as "timeline", pg_is_in_recovery() as "isInRecovery"
  from pg_control_system(), pg_control_checkpoint(), pg_control_recovery()`

const row = z.tuple([
  z.object({ cluster: z.string(), timeline: z.number(), lsn: lsn.nullable(), isInRecovery: z.boolean() }),
])

/** A streaming replica: takes reads, and is asked again and again how far it has replayed. */
export class Replica implements ReadSource {
  readonly #reads: ReadPool
  readonly #probe: Probe
  readonly #reports: ReplicaReports
  #replayed: WalPosition | undefined
  #fault: string | undefined = 'was not asked yet'
  #distrustedUntil = 0
  #asking: Promise<void> | undefined

  constructor(name: string, url: string, { pool, observe, reports }: ReplicaSettings) {
    this.#reads = new ReadPool(name, url, { ...pool, lockTimeoutMs }, observe)
    this.#probe = new Probe(url, replayPosition)
    this.#reports = reports
  }

  get name(): string {
    return this.#reads.name
  }

  get url(): string {
    return this.#reads.url
  }

  get client() {
    return this.#reads.client
  }

  get reports() {
    return this.#reads.reports
  }

  get prepared() {
    return this.#reads.prepared
  }

  get pools() {
    return this.#reads.pools
  }

  get isUsable(): boolean {
    return this.#fault === undefined && performance.now() >= this.#distrustedUntil
  }

  /** Up to here everything is visible; undefined before it has answered. It never goes back. */
  get replayed(): WalPosition | undefined {
    return this.#replayed
  }

  connect(): Promise<pg.PoolClient> {
    return this.#reads.connect()
  }

  connectForSnapshot(): Promise<SnapshotConnection> {
    return this.#reads.connectForSnapshot()
  }

  /** Asks how far it is. Calls that come while it is asked share the answer. */
  ask(primary: WalPosition | undefined): Promise<void> {
    this.#asking ??= this.#askNow(primary).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** A read failed here, and the primary repeats it. */
  failed(error: unknown): void {
    this.#reports.repeated(this.name)
    if (databaseFailure(error) === 'unavailable') this.#distrustedUntil = performance.now() + distrustMs
  }

  async close(): Promise<void> {
    await this.#asking
    await this.#probe.close()
    // A server that is gone would not confirm the end of a connection.
    if (this.#fault === silent) this.#reads.breakConnections()
    await this.#reads.close()
  }

  async #askNow(primary: WalPosition | undefined): Promise<void> {
    try {
      const [{ isInRecovery, cluster, timeline, lsn }] = row.parse(await this.#probe.ask())
      if (lsn !== null) this.#replayed = { cluster, timeline, lsn }
      this.#setFault(faultOf({ isInRecovery, cluster, timeline }, primary))
    } catch (err) {
      const wasAnswering = this.#fault !== silent
      this.#setFault(silent, err)
      // Reads under way would wait for a server that is gone until their time is over.
      if (wasAnswering) this.#reads.breakConnections()
    }
  }

  #setFault(fault: string | undefined, err?: unknown): void {
    if (fault === this.#fault) return
    this.#fault = fault
    this.#reports.usable(this.name, fault === undefined, { fault, err })
  }
}

const silent = 'does not answer'

function faultOf(
  { isInRecovery, cluster, timeline }: { isInRecovery: boolean; cluster: string; timeline: number },
  primary: WalPosition | undefined,
): string | undefined {
  if (!isInRecovery) return 'is no replica: it was promoted, or never was one'
  if (!primary) return 'cannot be compared with the primary, which does not answer'
  if (cluster !== primary.cluster) return 'is a replica of another database'
  return timeline === primary.timeline ? undefined : 'is on another timeline than the primary'
}

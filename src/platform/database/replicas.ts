import { setTimeout as pause } from 'node:timers/promises'
import { Probe } from './probe.ts'
import type { PoolUse } from './read-pool.ts'
import { Replica, type ReplicaReports, type ReplicaSettings } from './replica.ts'
import { WalClock } from './wal-clock.ts'
import { flushPosition, isComparable, positionIn, type SeenPosition, type WalPosition } from './wal-position.ts'

interface ReplicasParts extends ReplicaSettings {
  primaryUrl: string
  /** In the order of their names: `replica 1`, `replica 2`, … */
  urls: readonly string[]
  maxLagMs: number
  reports: ReplicaReports
}

/** What a read asks of a replica. */
export interface ReadDemand {
  /** What the caller has seen must be visible. */
  after?: SeenPosition | undefined
  /** How far behind the primary it may be, in milliseconds; by default as far as interactive reads may. */
  maxLagMs?: number
}

/** How long a read waits for a replica to show what its caller has seen. */
const waitMs = 50
const waitStepMs = 4
const slowestPollMs = 250
const fastestPollMs = 25

/** The replicas of the database. It asks each where it is, and the primary too, so that it knows how far each is behind. */
export class Replicas {
  readonly #parts: ReplicasParts
  readonly #all: readonly Replica[]
  readonly #primary: Probe
  readonly #clock = new WalClock()
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #isClosed = false
  #isPrimaryLost = false
  #turn = 0

  constructor(parts: ReplicasParts) {
    this.#parts = parts
    this.#all = parts.urls.map((url, index) => new Replica(`replica ${index + 1}`, url, parts))
    this.#primary = new Probe(parts.primaryUrl, flushPosition)
    // A place is known up to one round late, so a bound needs several rounds.
    this.#pollMs = Math.min(slowestPollMs, Math.max(fastestPollMs, parts.maxLagMs / 4))
  }

  /** Resolves after the first round. */
  start(): Promise<void> {
    this.#round = this.#ask().finally(() => {
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.start(), this.#pollMs).unref()
    })
    return this.#round
  }

  /**
   * One of the replicas that meet the demand, in turn; undefined where only the primary is sure to. It waits a little for a
   * replica that is close to what the caller has seen.
   */
  choose({
    after,
    maxLagMs = this.#parts.maxLagMs,
  }: ReadDemand = {}): Replica | undefined | Promise<Replica | undefined> {
    const wanted = after === 'unknown' ? undefined : after && this.#clock.hereOf(after)
    if (after && !wanted) return undefined
    const near = this.#all.filter((replica) => replica.isUsable && this.lagOf(replica) <= maxLagMs)
    if (!wanted) return this.#inTurn(near)
    const chosen = this.#inTurn(near.filter((replica) => shows(replica, wanted)))
    if (chosen) return chosen
    const close = near.filter((replica) => this.lagOf(replica) <= waitMs + 2 * this.#pollMs)
    return close.length > 0 ? this.#waitFor(close, wanted) : undefined
  }

  get pools(): readonly PoolUse[] {
    return this.#all.flatMap(({ pools }) => pools)
  }

  /** How far a replica may be behind now, in milliseconds; infinite where that is not known. */
  lagOf({ replayed }: Replica): number {
    const since = replayed && this.#clock.timeOf(replayed)
    return since === undefined ? Number.POSITIVE_INFINITY : performance.now() - since
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#round
    await this.#primary.close()
    await Promise.all(this.#all.map((replica) => replica.close()))
  }

  async #ask(): Promise<void> {
    const at = performance.now()
    try {
      this.#clock.record(positionIn(await this.#primary.ask()), at)
      this.#isPrimaryLost = false
    } catch (err) {
      // Replicas count as ever further behind now.
      if (!this.#isPrimaryLost) this.#parts.reports.primaryLost(err)
      this.#isPrimaryLost = true
    }
    // The primary first: a replica that keeps up has then replayed what the primary has told.
    const answers = Promise.all(this.#all.map((replica) => this.#askReplica(replica)))
    await Promise.race([answers, pause(this.#pollMs, undefined, { ref: false })])
  }

  async #askReplica(replica: Replica): Promise<void> {
    await replica.ask(this.#clock.latest)
    const lagMs = this.lagOf(replica)
    if (Number.isFinite(lagMs)) this.#parts.reports.lag(replica.name, lagMs / 1000)
  }

  async #waitFor(close: readonly Replica[], after: WalPosition): Promise<Replica | undefined> {
    const until = performance.now() + waitMs
    const timeUp = pause(waitMs)
    while (performance.now() < until) {
      await Promise.race([Promise.all(close.map((replica) => replica.ask(this.#clock.latest))), timeUp])
      const chosen = this.#inTurn(close.filter((replica) => replica.isUsable && shows(replica, after)))
      if (chosen) return chosen
      await pause(waitStepMs)
    }
    return undefined
  }

  #inTurn(replicas: readonly Replica[]): Replica | undefined {
    return replicas[this.#turn++ % replicas.length]
  }
}

function shows({ replayed }: Replica, after: WalPosition): boolean {
  return replayed !== undefined && isComparable(replayed, after) && replayed.lsn >= after.lsn
}

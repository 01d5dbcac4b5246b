import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { Congestion, type PoolUse } from './congestion.ts'
import { CostLimit } from './cost-limit.ts'
import { RunningPlace } from './running-place.ts'
import { type Priority, type Waiting, WaitingLine } from './waiting-line.ts'

interface AdmissionParts {
  /** Those that requests read from. */
  pools: () => readonly PoolUse[]
  /** How long a request may wait for its turn, in milliseconds. */
  queueTimeoutMs: number
  log: Log
  metrics: Metrics
}

/** When a request has to be over, and whether somebody still waits for it. */
interface Caller {
  deadline: number
  signal?: AbortSignal | undefined
}

export type ShedReason = Priority | 'costly'

/** The event loop is looked at so often. Every fourth time the limits are adjusted. */
const sampleMs = 25
const samplesPerAdjustment = 4
/**
 * Where load is above capacity, a request waits for this share of the time in which it may, since a longer line only costs
 * memory; or for so many mean durations of a request where that is more, since that is a short line of slow ones.
 */
const [standingShare, standingDurations] = [0.1, 6]
/** So many run in any case: one for each connection, as long as that is no load for the thread. */
const [fewest, mostOfLeast] = [4, 50]
/** A request waits where its turn is expected within this share of the time in which it may: expectations are no more certain. */
const expectedShare = 0.5
/** Part of each duration in the mean. */
const weight = 0.02
/** Part of the rate of each adjustment in the mean. */
const rateWeight = 0.3
/** Requests a millisecond: one that is stuck says nothing of the rate. */
const slowest = 0.01
/** Clients that were shed together come back at different times. */
const longestRetrySeconds = 3
const tellEveryMs = 1000

/**
 * Decides which requests run, wait or are shed, so that a server with too much work does what it can instead of everything
 * too late. Those that run are bounded; the bound finds itself. A request waits where its turn would come soon, as the number
 * before it and the rate at which requests end say, and is shed at once where not: anonymous ones first, and operations that cost far more
 * than others before the rest.
 */
export class Admission {
  readonly #parts: AdmissionParts
  readonly #limit: ConcurrencyLimit
  readonly #congestion: Congestion
  readonly #costs = new CostLimit()
  readonly #line = new WaitingLine()
  readonly #timer: NodeJS.Timeout
  #running = 0
  #mostRunning = 0
  #ends = 0
  /** The rate at which requests end while some wait: it is that of the machine. */
  #endsPerMs = Number.POSITIVE_INFINITY
  /** The mean duration of a request. */
  #durationMs = 0
  /** Since when all places are taken and no request has ended. */
  #fullSince: number | undefined
  /** Since when some have waited all the time. */
  #standingSince: number | undefined
  /** Load is above capacity until then, unless more are shed. */
  #overloadedUntil = Number.NEGATIVE_INFINITY
  #sampledAt = performance.now()
  #samples = 0
  #shedOfKnown = 0
  /** Shed requests that are not in the log yet. */
  #untold = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(parts: AdmissionParts) {
    const connections = parts.pools().reduce((sum, { most }) => sum + most, 0)
    this.#parts = parts
    this.#congestion = new Congestion(parts.pools)
    const least = Math.min(Math.max(fewest, connections), mostOfLeast)
    this.#limit = new ConcurrencyLimit({ least, initial: Math.max(16, 2 * connections), most: 10_000 })
    this.#timer = setInterval(() => this.#sample(), sampleMs).unref()
  }

  /** How many run at most. */
  get limit(): number {
    return this.#limit.current
  }

  /** Whether no place is free. */
  get isSaturated(): boolean {
    return this.#running >= this.#limit.current
  }

  /** Whether a request of this priority would be shed: its body need not be read. */
  isFullFor(priority: Priority): boolean {
    if (!this.isSaturated) return false
    const patience = this.#patience()
    const isStuck = this.#fullSince !== undefined && performance.now() - this.#fullSince > patience
    return isStuck || this.#waitMs(priority) > patience * expectedShare
  }

  /** A place, now or when it is the request's turn; undefined where it is shed. The caller leaves the place. */
  enter(priority: Priority, caller: Caller): RunningPlace | Promise<RunningPlace | undefined> | undefined {
    if (!this.isSaturated && this.#line.length === 0) return this.#run()
    if (this.isFullFor(priority)) return undefined
    return this.#wait(priority, caller)
  }

  /** Whether an operation may run, now that its cost is known. */
  readonly allowsCost = (cost: number): boolean => this.#costs.allows(cost)

  /** Counts a request that is refused before anything of it is done. Returns when it may be sent again, in seconds. */
  readonly shed = (reason: ShedReason): number => {
    this.#parts.metrics.shedRequests.inc({ priority: reason })
    if (reason === 'known') this.#shedOfKnown++
    this.#untold++
    this.#overloadedUntil = performance.now() + this.#parts.queueTimeoutMs
    return 1 + Math.floor(Math.random() * longestRetrySeconds)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #run(): RunningPlace {
    this.#begin()
    return new RunningPlace({
      begin: () => this.#begin(),
      end: () => {
        this.#running--
        this.#ends++
        this.#fullSince = undefined
        this.#letRun()
      },
      over: (ms) => {
        this.#durationMs += (ms - this.#durationMs) * weight
      },
    })
  }

  #begin(): void {
    this.#running++
    if (this.#running > this.#mostRunning) this.#mostRunning = this.#running
    if (this.isSaturated) this.#fullSince ??= performance.now()
  }

  #wait(priority: Priority, { deadline, signal }: Caller): Promise<RunningPlace | undefined> {
    const since = performance.now()
    this.#standingSince ??= since
    return new Promise((resolve) => {
      const leave = () => {
        this.#line.remove(waiting)
        waiting.end('shed')
      }
      const waiting: Waiting = {
        priority,
        since,
        end: (outcome) => {
          signal?.removeEventListener('abort', leave)
          resolve(outcome === 'run' && performance.now() < deadline ? this.#run() : undefined)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#line.add(waiting)
    })
  }

  #letRun(): void {
    while (!this.isSaturated) {
      const next = this.#line.next()
      if (!next) {
        this.#standingSince = undefined
        return
      }
      next.end('run')
    }
  }

  /** How long a new request would wait: those before it at the rate at which requests end. */
  #waitMs(priority: Priority): number {
    const before = this.#line.before(priority)
    return Math.max((before / this.#limit.current) * this.#durationMs, before / this.#endsPerMs)
  }

  /** Where some have waited all the time for as long as one may, or others were shed a moment ago, this is no burst. */
  #patience(): number {
    const { queueTimeoutMs } = this.#parts
    const now = performance.now()
    const isStanding = this.#standingSince !== undefined && now - this.#standingSince > queueTimeoutMs
    if (!isStanding && now >= this.#overloadedUntil) return queueTimeoutMs
    return Math.min(queueTimeoutMs, Math.max(queueTimeoutMs * standingShare, this.#durationMs * standingDurations))
  }

  #sample(): void {
    const now = performance.now()
    this.#congestion.sample(Math.max(0, now - this.#sampledAt - sampleMs))
    this.#sampledAt = now
    for (const waiting of this.#line.takeOlder(now - this.#patience())) waiting.end('shed')
    this.#samples = (this.#samples + 1) % samplesPerAdjustment
    if (this.#samples === 0) this.#adjust()
  }

  #adjust(): void {
    this.#limit.adjust({ mostRunning: this.#mostRunning, isCongested: this.#congestion.isCongested() })
    this.#costs.adjust(this.#shedOfKnown > 0)
    this.#measureRate()
    this.#mostRunning = this.#running
    this.#shedOfKnown = 0
    this.#letRun()
    this.#tell()
  }

  #measureRate(): void {
    const endsPerMs = this.#ends / (sampleMs * samplesPerAdjustment)
    this.#ends = 0
    if (this.#standingSince === undefined) this.#endsPerMs = Number.POSITIVE_INFINITY
    else if (this.#endsPerMs === Number.POSITIVE_INFINITY) this.#endsPerMs = Math.max(endsPerMs, slowest)
    else this.#endsPerMs = Math.max(slowest, this.#endsPerMs + (endsPerMs - this.#endsPerMs) * rateWeight)
  }

  #tell(): void {
    const { metrics, log } = this.#parts
    metrics.executingRequests.set(this.#running)
    metrics.queuedRequests.set(this.#line.length)
    metrics.concurrencyLimit.set(this.#limit.current)
    const now = performance.now()
    if (this.#untold === 0 || now - this.#toldAt < tellEveryMs) return
    log.warn({ shed: this.#untold, limit: this.#limit.current }, 'overloaded: requests are refused')
    this.#untold = 0
    this.#toldAt = now
  }
}

import { z } from 'zod'
import type { EventHead, FeedEvent } from '../context.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { eventColumns, eventsBehind, feedEvents } from './event.ts'
import type { EventFeed } from './feed.ts'

/** What is taken from one position on, in a turn of a consumer: a transaction. */
export interface FeedLane {
  /** Everything up to here was taken before. */
  position: number
  /**
   * Takes the events that follow, in order, and stores the position of the last one. What it sends elsewhere may be sent
   * again after a failure.
   */
  take: (events: readonly FeedEvent[], last: number) => Promise<void>
}

interface FeedConsumerParts {
  name: string
  feed: EventFeed
  transactions: Transactions
  /**
   * Begins a turn. Its lanes have positions of their own, so that one that is far behind holds up no other. None where there
   * is nothing to take events for: then only events that `concern` it begin the next turn.
   */
  begin: (tx: Transaction) => Promise<readonly FeedLane[]>
  concerns?: (head: EventHead) => boolean
  onTaken?: () => void
  log: Log
  metrics: Pick<Metrics, 'feedFailures'>
}

/** How many events a lane takes in a turn. */
export const feedBatchSize = 200
const firstRetryMs = 200
const longestRetryMs = 30_000
/** Another replica may have stopped in the middle of its turn. */
const pollEveryMs = 5000

const lockRow = z.tuple([z.object({ isOurs: z.boolean(), dropped: z.coerce.number() })])

/**
 * Takes every event of the feed once it is committed, in order, on one replica at a time: each turn is a transaction with
 * an advisory lock. A failed turn is tried again, with growing pauses.
 */
export class FeedConsumer {
  readonly #parts: FeedConsumerParts
  #leave: (() => void) | undefined
  #poll: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #turn: Promise<void> | undefined
  #isWoken = false
  #isIdle = false
  #isStopped = false
  #failures = 0

  constructor(parts: FeedConsumerParts) {
    this.#parts = parts
  }

  start(): void {
    const wake = () => this.#wake()
    const { feed, concerns } = this.#parts
    this.#leave = feed.listen({
      onHeads: (heads) => {
        if (!this.#isIdle || (concerns && heads.some(concerns))) wake()
      },
      onOpen: wake,
    })
    this.#poll = setInterval(wake, pollEveryMs).unref()
  }

  /** Resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#leave?.()
    clearInterval(this.#poll)
    clearTimeout(this.#retry)
    await this.#turn
  }

  #wake(): void {
    this.#isWoken = true
    if (this.#isStopped || this.#turn || this.#retry) return
    this.#turn = this.#takeAll().finally(() => {
      this.#turn = undefined
      if (this.#isWoken) this.#wake()
    })
  }

  async #takeAll(): Promise<void> {
    this.#isWoken = false
    try {
      let taken = feedBatchSize
      while (taken === feedBatchSize && !this.#isStopped) {
        taken = await this.#parts.transactions.run((tx) => this.#takeTurn(tx))
        if (taken > 0) this.#parts.onTaken?.()
      }
      if (this.#failures > 0) this.#parts.log.info({ consumer: this.#parts.name }, 'events are taken again')
      this.#countFailures(0)
    } catch (err) {
      if (this.#failures === 0)
        this.#parts.log.warn({ consumer: this.#parts.name, err }, 'events are not taken for now')
      const pause = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures)
      this.#countFailures(this.#failures + 1)
      this.#retry = setTimeout(
        () => {
          this.#retry = undefined
          this.#wake()
        },
        pause * (0.5 + Math.random() / 2),
      ).unref()
    }
  }

  #countFailures(failures: number): void {
    const { name: consumer, metrics } = this.#parts
    this.#failures = failures
    metrics.feedFailures.set({ consumer }, failures)
  }

  /** Returns how many events the longest lane has taken: 0 also where another replica has its turn. */
  async #takeTurn(tx: Transaction): Promise<number> {
    const { name, begin } = this.#parts
    const [{ isOurs, dropped }] = lockRow.parse(
      await tx.$queryRaw`
        select pg_try_advisory_xact_lock(hashtextextended(${`platform.pf_feed_consumer ${name}`}, 0)) as "isOurs",
               dropped_pos as "dropped"
        from platform.pf_feed`,
    )
    if (!isOurs) return 0
    const lanes = await begin(tx)
    this.#isIdle = lanes.length === 0
    let longest = 0
    for (const lane of lanes) longest = Math.max(longest, await this.#takeLane(tx, lane, dropped))
    return longest
  }

  async #takeLane(tx: Transaction, { position, take }: FeedLane, dropped: number): Promise<number> {
    const { name, log } = this.#parts
    if (position < dropped) log.error({ consumer: name, events: dropped - position }, 'events were dropped untaken')
    const events = feedEvents.parse(
      await tx.$queryRawUnsafe(
        `select ${eventColumns} ${eventsBehind('$1')} limit ${feedBatchSize}`,
        Math.max(position, dropped),
      ),
    )
    const last = events.at(-1)
    if (last) await take(events, last.position)
    return events.length
  }
}

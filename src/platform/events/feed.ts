import type pg from 'pg'
import { z } from 'zod'
import type { EventHead, Feed, FeedBounds, FeedEvent, FeedListener } from '../context.ts'
import { hasOwnSession } from '../database/find-pooler.ts'
import { passageOf } from '../database/pooler.ts'
import { clientAt, writing } from '../database/session.ts'
import { clientError, switchedOff } from '../errors.ts'
import type { Log } from '../observability/log.ts'
import { eventColumns, eventHeads, eventsBehind, feedEvents, headColumns } from './event.ts'

const channel = 'frontdoor_events'
/** Finds events whose notification was lost, and a connection that is lost. */
const pollEveryMs = 1000
/** Through a pooler no notification arrives. */
const pollPooledEveryMs = 200
/** Under load, events of several transactions are read together. */
const restMs = 50
/** A connection that is silent for this long counts as lost. */
const responseBoundMs = 2000
const firstRetryMs = 100
const longestRetryMs = 5000
const batchSize = 500
/** How many events stay in memory, for all streams that are a little behind. */
const recentSize = 2000
/** For so long after a listener for whole events others are expected. */
const expectedMs = 30_000

interface FeedParts {
  url: string
  log: Log
  /** Whether there are no events here. */
  isOff?: boolean
}

/**
 * The one reader of events in this process. It gives positions to committed events, reads them in order and passes them to
 * its listeners, over a connection of its own; only the heads of events where no listener needs more. NOTIFY wakes it, `wake` does after a commit of this process, and it looks
 * once a second by itself; through a pooler, where NOTIFY does not arrive, five times. A broken connection is made again,
 * with growing pauses, and no event is missed.
 */
export class EventFeed implements Feed {
  readonly #parts: FeedParts
  readonly #isPooled: boolean
  readonly #listeners = new Set<FeedListener>()
  #client: pg.Client | undefined
  #isOpen = false
  #isStopped = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #last: number | undefined
  #lastId: string | undefined
  #dropped = 0
  /** The latest events, without a gap; none where only heads are read. */
  #recent: FeedEvent[] = []
  /** When a listener for whole events was here last. */
  #listenedAt = Number.NEGATIVE_INFINITY
  #waking: NodeJS.Timeout | undefined
  /** When the last round began. */
  #readAt = 0
  #round: Promise<void> | undefined
  #nextRound: Promise<void> | undefined

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#isPooled = passageOf(parts.url).pooler !== undefined
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  requireOpen(): void {
    if (this.#parts.isOff) throw switchedOff('The feed of events')
    if (!this.#isOpen) throw feedUnavailable()
  }

  /** For tests that nothing is left behind. */
  get listenerCount(): number {
    return this.#listeners.size
  }

  get bounds(): FeedBounds {
    return { last: this.#last ?? 0, lastId: this.#lastId, dropped: this.#dropped }
  }

  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener)
    if (this.#isOpen) listener.onOpen?.()
    return () => {
      if (listener.onEvents) this.#listenedAt = performance.now()
      this.#listeners.delete(listener)
    }
  }

  get #needsEvents(): boolean {
    if (performance.now() < this.#listenedAt + expectedMs) return true
    for (const { onEvents } of this.#listeners) if (onEvents) return true
    return false
  }

  /** Resolves when it reads, or after the first failure. */
  async start(): Promise<void> {
    if (this.#parts.isOff) return
    const client = clientAt(
      this.#parts.url,
      {
        application_name: 'frontdoor events',
        connectionTimeoutMillis: responseBoundMs,
        query_timeout: responseBoundMs,
        // Sends a statement without waiting for the response to the one before it.
        pipeline: true,
      },
      // The planner believes that a new partition is empty: it would scan it. The price at which it avoids that would make
      // PostgreSQL compile the statement (JIT), for half a second of each round.
      { ...writing, enable_seqscan: 'off', jit: 'off' },
    )
    this.#client = client
    client.on('error', (err) => this.#lose(client, err))
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ processId, payload = '' }) => {
      // What this connection has told, it reads next.
      if (processId === backendOf(client)) return
      if (payload === '' || Number(payload) > (this.#last ?? 0)) this.wake()
    })
    try {
      await client.connect()
      if (!this.#isPooled) {
        await client.query(`listen ${channel}`)
        if (!(await hasOwnSession(client))) throw new Error('the feed needs a session of its own')
      }
      this.#last ??= await this.#startingPoint(client)
      if (client !== this.#client) return
      if (this.#failures > 0) this.#parts.log.info('events arrive again')
      this.#failures = 0
      this.#isOpen = true
      for (const { onOpen } of this.#listeners) onOpen?.()
      this.#poll()
    } catch (err) {
      this.#lose(client, err)
    }
  }

  /** A transaction of this process may have written events. */
  wake(): void {
    if (!this.#isOpen || this.#waking) return
    const rest = Math.max(0, this.#readAt + restMs - performance.now())
    this.#waking = setTimeout(() => {
      this.#waking = undefined
      void this.caughtUp()
    }, rest).unref()
  }

  caughtUp(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve()
    // Calls that come while a round is under way share the next one.
    this.#nextRound ??= (this.#round ?? Promise.resolve()).then(() => {
      this.#nextRound = undefined
      const round = this.#readOn().finally(() => {
        if (this.#round === round) this.#round = undefined
      })
      this.#round = round
      return round
    })
    return this.#nextRound
  }

  settled(): Promise<void> {
    return this.#waking || this.#round || this.#nextRound ? this.caughtUp() : Promise.resolve()
  }

  recentAfter(position: number): readonly FeedEvent[] | undefined {
    const last = this.#last ?? 0
    if (position === last) return []
    const oldest = this.#recent[0]
    if (!oldest || position < oldest.position - 1 || position > last) return undefined
    return this.#recent.slice(position - oldest.position + 1)
  }

  async idAt(position: number): Promise<string | undefined> {
    const [event] = this.#client ? await eventsAfter(this.#client, position - 1, 1) : []
    return event?.position === position ? event.id : undefined
  }

  stop(): void {
    this.#isStopped = true
    const client = this.#client
    if (client) this.#lose(client)
    clearTimeout(this.#timer)
    clearTimeout(this.#waking)
    for (const { onStop } of [...this.#listeners]) onStop?.()
  }

  async #startingPoint(client: pg.Client): Promise<number> {
    const { last, dropped } = await advance(client)
    this.#dropped = dropped
    const [event] = await eventsAfter(client, last - 1, 1)
    this.#lastId = event?.id
    return last
  }

  async #readOn(): Promise<void> {
    const client = this.#client
    if (!client || !this.#isOpen) return
    this.#readAt = performance.now()
    try {
      let isAhead = true
      while (isAhead && client === this.#client) {
        // Both are sent at once. The events are read after positions were given.
        const advanced = advance(client)
        const position = this.#last ?? 0
        const events = this.#needsEvents ? eventsAfter(client, position, batchSize) : undefined
        const [{ last, dropped }, heads] = await Promise.all([advanced, events ?? headsAfter(client, position)])
        if (client !== this.#client) return
        this.#dropped = dropped
        // A listener that came meanwhile needs more than the heads.
        if (!events && this.#needsEvents) continue
        this.#deliver(heads, await events)
        // Without an event up to the last position, those that had it are gone.
        if (heads.length === 0) this.#last = Math.max(position, last)
        isAhead = heads.length === batchSize || (this.#last ?? 0) < last
      }
    } catch (err) {
      this.#lose(client, err)
    }
  }

  #deliver(heads: readonly EventHead[], events: readonly FeedEvent[] | undefined): void {
    const newest = heads.at(-1)
    if (!newest) return
    this.#last = newest.position
    this.#lastId = newest.id
    if (events) this.#recent.push(...events)
    else this.#recent = []
    if (this.#recent.length > 2 * recentSize) this.#recent = this.#recent.slice(-recentSize)
    for (const { onHeads, onEvents } of this.#listeners) {
      onHeads?.(heads)
      if (events) onEvents?.(events)
    }
  }

  #poll(): void {
    this.#timer = setTimeout(
      async () => {
        await this.caughtUp()
        if (this.#isOpen) this.#poll()
      },
      this.#isPooled ? pollPooledEveryMs : pollEveryMs,
    ).unref()
  }

  #lose(client: pg.Client, err?: unknown): void {
    if (client !== this.#client) return
    this.#client = undefined
    const wasOpen = this.#isOpen
    this.#isOpen = false
    clearTimeout(this.#timer)
    client.end().catch(() => {})
    if (wasOpen) for (const { onClose } of this.#listeners) onClose?.()
    if (this.#isStopped) return
    if (this.#failures === 0) this.#parts.log.warn({ err }, 'events do not arrive for now')
    const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++)
    this.#timer = setTimeout(() => void this.start(), delay * (0.5 + Math.random() / 2)).unref()
  }
}

export function feedUnavailable() {
  return clientError('UNAVAILABLE', 'The feed of events cannot be read right now; try again shortly.')
}

const bounds = z.tuple([z.object({ last: z.coerce.number(), dropped: z.coerce.number() })])

/** The process of PostgreSQL that a connection was told at its start. The types of pg leave it out. */
function backendOf(client: pg.Client): unknown {
  return Reflect.get(client, 'processID')
}

async function advance(client: pg.Client): Promise<{ last: number; dropped: number }> {
  const { rows } = await client.query({
    name: 'advance',
    text: 'select platform.pf_feed_advance() as "last", dropped_pos as "dropped" from platform.pf_feed',
  })
  const [found] = bounds.parse(rows)
  return found
}

async function eventsAfter(client: pg.Client, position: number, limit: number): Promise<FeedEvent[]> {
  return feedEvents.parse(await rowsAfter(client, { name: `events_${limit}`, columns: eventColumns, limit }, position))
}

async function headsAfter(client: pg.Client, position: number): Promise<EventHead[]> {
  return eventHeads.parse(await rowsAfter(client, { name: 'heads', columns: headColumns, limit: batchSize }, position))
}

async function rowsAfter(
  client: pg.Client,
  { name, columns, limit }: { name: string; columns: string; limit: number },
  position: number,
): Promise<unknown[]> {
  const text = `select ${columns} ${eventsBehind('$1')} limit ${limit}`
  const { rows } = await client.query<object>({ name, text, values: [position] })
  return rows
}

import type { Context, EventFilter, FeedEvent } from '../context.ts'
import { pageFrom, startFrom } from './changes.ts'
import { matcherOf, whereOf } from './event-filter.ts'
import type { EventPolicy } from './event-policy.ts'
import { type FeedPosition, requireKept } from './position.ts'

type StreamContext = Pick<Context, 'db' | 'viewer' | 'cursors' | 'feed'>

/** How many stored events are read at once. */
const pageSize = 100

/**
 * The events behind a position that the viewer sees and that match, and then those that happen. Stored events are read in
 * pages; what the feed has delivered lately comes from memory. It holds no queue: it remembers a position, and looks on
 * when the next event is asked for.
 */
export class FeedStream implements AsyncIterableIterator<FeedEvent> {
  readonly filter: EventFilter
  readonly #context: StreamContext
  readonly #isWanted: (event: FeedEvent) => boolean
  /** Everything up to here was looked at. */
  #at: FeedPosition
  #found: readonly FeedEvent[] = []
  #next = 0
  #isClosed = false
  #wake: (() => void) | undefined

  /** Begins behind the position `after`; without it, with what happens from now on. */
  static async open(
    after: string | null | undefined,
    filter: EventFilter,
    context: StreamContext,
    policy: EventPolicy,
  ): Promise<FeedStream> {
    return new FeedStream(await startFrom(after ?? 'now', context), filter, context, policy)
  }

  private constructor(start: FeedPosition, filter: EventFilter, context: StreamContext, policy: EventPolicy) {
    const matches = matcherOf(filter)
    this.#at = start
    this.filter = filter
    this.#context = context
    this.#isWanted = (event) => matches(event) && policy.sees(context.viewer, event)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<FeedEvent, undefined>> {
    while (!this.#isClosed) {
      const event = this.#found[this.#next++]
      if (event) return { done: false, value: event }
      await this.#lookOn()
    }
    return { done: true, value: undefined }
  }

  return(): Promise<IteratorResult<FeedEvent, undefined>> {
    this.#isClosed = true
    this.#found = []
    this.#wake?.()
    return Promise.resolve({ done: true, value: undefined })
  }

  async #lookOn(): Promise<void> {
    const { feed } = this.#context
    const recent = feed.recentAfter(this.#at.position)
    if (recent) this.#take(recent)
    else if (feed.isOpen) await this.#readStored()
    const isBehind = feed.isOpen && feed.bounds.last > this.#at.position
    if (this.#found.length === 0 && !isBehind && !this.#isClosed) await this.#arrival()
  }

  #take(events: readonly FeedEvent[]): void {
    this.#at = events.at(-1) ?? this.#at
    this.#found = events.filter(this.#isWanted)
    this.#next = 0
  }

  async #readStored(): Promise<void> {
    const { feed } = this.#context
    await requireKept(feed, this.#at)
    const page = await pageFrom(this.#at, { first: pageSize, where: whereOf(this.filter) }, this.#context)
    this.#at = page.end
    this.#found = page.events
    this.#next = 0
  }

  /** Resolves when the feed has delivered more, or when the stream is closed. */
  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        leave()
        resolve()
      }
      const { feed } = this.#context
      const wasOpen = feed.isOpen
      const leave = feed.listen({
        onOpen: () => wasOpen || this.#wake?.(),
        onEvents: (events) => {
          if (events.some(this.#isWanted)) return this.#wake?.()
          // Events behind these are in memory, so none between is passed over.
          this.#at = events.at(-1) ?? this.#at
        },
      })
    })
  }
}

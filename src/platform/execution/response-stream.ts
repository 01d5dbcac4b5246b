import { setTimeout as pause } from 'node:timers/promises'
import type { FeedEvent } from '../context.ts'
import { codeOf, errorCatalogue, publicError } from '../errors.ts'
import type { ExchangeResponse, MessageStream, StreamEnd, StreamMessage } from '../http/exchange.ts'

interface ResponseStreamParts {
  source: AsyncIterator<FeedEvent>
  /** Executes the operation for an event. Undefined after an unexpected error. */
  respond: (event: FeedEvent) => Promise<ExchangeResponse | undefined>
  positionOf: (event: FeedEvent) => string
  /** The response of an error, as JSON. */
  refusal: (error: unknown) => string
  onEnd: (stream: ResponseStream, end: StreamEnd) => void
}

/**
 * The responses of a subscription: one for each event, made when the transport asks for it, so that a slow client holds
 * one message and no queue. Written without a generator, whose `return` would wait for the next event.
 */
export class ResponseStream implements MessageStream {
  readonly #parts: ResponseStreamParts
  readonly #ended = new AbortController()
  #end: StreamEnd | undefined
  #last: StreamMessage | undefined
  /** How many events were sent. */
  count = 0

  constructor(parts: ResponseStreamParts) {
    this.#parts = parts
  }

  async next(): Promise<StreamMessage | StreamEnd> {
    while (this.#end === undefined) {
      const event = await this.#nextEvent()
      const message = event && (await this.#messageOf(event))
      if (message) return message
    }
    const last = this.#last
    this.#last = undefined
    return last ?? this.#end
  }

  close(): void {
    this.end('broken off')
  }

  end(end: StreamEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#ended.abort()
    void this.#parts.source.return?.()
    this.#parts.onEnd(this, end)
  }

  /** Ends the stream with an error; with none where the client should try again. */
  fail(error: unknown): void {
    const code = codeOf(publicError(error)) ?? 'INTERNAL_SERVER_ERROR'
    if (errorCatalogue[code].status === 503) this.end('broken off')
    else this.#endWith(this.#parts.refusal(error))
  }

  async #nextEvent(): Promise<FeedEvent | undefined> {
    try {
      const { done, value } = await this.#parts.source.next()
      if (!done) return value
      this.end('broken off')
    } catch (error) {
      this.fail(error)
    }
    return undefined
  }

  async #messageOf(event: FeedEvent): Promise<StreamMessage | undefined> {
    while (this.#end === undefined) {
      const response = await this.#parts.respond(event)
      // No event is lost: the client comes back to this one.
      if (!response || response.status === 503) this.end('broken off')
      else if (response.status === 401) this.#endWith(response.body)
      else if (response.status === 429) await this.#waitFor(Number(response.headers.get('retry-after')))
      else return this.#message(event, response.body)
    }
    return undefined
  }

  #message(event: FeedEvent, json: string): StreamMessage | undefined {
    if (this.#end !== undefined) return undefined
    this.count++
    return { json, position: this.#parts.positionOf(event) }
  }

  #endWith(json: string): void {
    if (this.#end === undefined) this.#last = { json }
    this.end('complete')
  }

  /** The viewer's bucket is empty: the event waits until it has filled. */
  async #waitFor(seconds: number): Promise<void> {
    await pause(Math.max(1, seconds) * 1000, undefined, { signal: this.#ended.signal }).catch(() => {})
  }
}

import { type JetStreamClient, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream'
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node'
import type { Cursors, FeedEvent } from '../context.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { eventMessage } from './event-message.ts'
import type { EventFeed } from './feed.ts'
import { FeedConsumer, type FeedLane } from './feed-consumer.ts'
import { readPosition, storePosition } from './stored-position.ts'

interface RelayParts {
  /** `nats://user:password@host:4222`, or `tls://…`. */
  url: string
  feed: EventFeed
  transactions: Transactions
  cursors: Cursors
  log: Log
  metrics: Pick<Metrics, 'feedFailures'>
}

const consumerName = 'nats'
const streamName = 'FRONTDOOR_EVENTS'
const subjectPrefix = 'frontdoor.events'
/** JetStream drops an event with an id that it has seen within this time. */
const duplicateWindowMs = 600_000
const responseBoundMs = 4000

/**
 * Sends the feed to a stream of NATS JetStream, at least once and in order: a subject for each topic, and the id of the event
 * as message id, so that JetStream drops what is sent again. An existing stream keeps its settings.
 */
export class EventRelay {
  readonly #parts: RelayParts
  readonly #consumer: FeedConsumer
  #connection: NatsConnection | undefined
  #client: JetStreamClient | undefined

  constructor(parts: RelayParts) {
    this.#parts = parts
    const { feed, transactions, log, metrics } = parts
    this.#consumer = new FeedConsumer({
      name: consumerName,
      feed,
      transactions,
      begin: async (tx) => [await this.#begin(tx)],
      log,
      metrics,
    })
  }

  start(): void {
    this.#consumer.start()
  }

  async stop(): Promise<void> {
    await this.#consumer.stop()
    await this.#connection?.close()
  }

  async #begin(tx: Transaction): Promise<FeedLane> {
    return {
      position: await readPosition(tx, consumerName),
      take: async (events, last) => {
        await this.#send(events)
        await storePosition(tx, consumerName, last)
      },
    }
  }

  async #send(events: readonly FeedEvent[]): Promise<void> {
    const client = await this.#open()
    // One after the other: if one fails, none behind it may be there.
    for (const event of events) {
      const message = eventMessage(event, this.#parts.cursors)
      await client.publish(`${subjectPrefix}.${event.topic}`, JSON.stringify(message), {
        msgID: message.id,
        timeout: responseBoundMs,
      })
    }
  }

  async #open(): Promise<JetStreamClient> {
    if (this.#client && this.#connection && !this.#connection.isClosed()) return this.#client
    const { hostname, port, protocol, username, password } = new URL(this.#parts.url)
    const connection = await connect({
      servers: `${hostname}:${port || 4222}`,
      name: 'frontdoor events',
      timeout: responseBoundMs,
      maxReconnectAttempts: -1,
      ...(protocol === 'tls:' && { tls: {} }),
      ...(username !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    })
    try {
      await requireStream(connection)
    } catch (error) {
      await connection.close()
      throw error
    }
    this.#connection = connection
    this.#client = jetstream(connection, { timeout: responseBoundMs })
    return this.#client
  }
}

async function requireStream(connection: NatsConnection): Promise<void> {
  const { streams } = await jetstreamManager(connection, { timeout: responseBoundMs })
  const names = await streams.names(`${subjectPrefix}.>`).next()
  if (names.length > 0) return
  await streams.add({
    name: streamName,
    subjects: [`${subjectPrefix}.>`],
    retention: RetentionPolicy.Limits,
    duplicate_window: nanos(duplicateWindowMs),
  })
}

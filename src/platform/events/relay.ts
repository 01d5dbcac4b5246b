import { type JetStreamClient, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream'
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node'
import type { Cursors, FeedEvent } from '../context.ts'
import type { Transactions } from '../database/transaction.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Log } from '../observability/log.ts'
import type { EventFeed } from './feed.ts'
import { FeedConsumer } from './feed-consumer.ts'
import { encodePosition } from './position.ts'

interface RelayParts {
  /** `nats://user:password@host:4222`, or `tls://…`. */
  url: string
  feed: EventFeed
  transactions: Transactions
  cursors: Cursors
  log: Log
}

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
    const { feed, transactions, log } = parts
    this.#consumer = new FeedConsumer({
      name: 'nats',
      feed,
      transactions,
      take: (events) => this.#send(events),
      log,
    })
  }

  start(): void {
    this.#consumer.start()
  }

  async stop(): Promise<void> {
    await this.#consumer.stop()
    await this.#connection?.close()
  }

  async #send(events: readonly FeedEvent[]): Promise<void> {
    const client = await this.#open()
    // One after the other: if one fails, none behind it may be there.
    for (const event of events) {
      await client.publish(`${subjectPrefix}.${event.topic}`, JSON.stringify(this.#messageOf(event)), {
        msgID: encodeId('Event', event.id),
        timeout: responseBoundMs,
      })
    }
  }

  /** As `Event` has it in the API. */
  #messageOf(event: FeedEvent) {
    return {
      id: encodeId('Event', event.id),
      position: encodePosition(this.#parts.cursors, event),
      topic: event.topic,
      version: event.version,
      subjectType: event.aggregateType,
      subjectId: encodeId(event.aggregateType, event.aggregateKey),
      sequence: event.sequence,
      actorKind: event.actorKind,
      occurredAt: event.occurredAt,
      payload: event.payload,
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

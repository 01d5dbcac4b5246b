import { keyViewer, liveKeyViewer } from '../api-keys/key-viewer.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Config } from '../config/config.ts'
import type { Cursors, FeedEvent, OwnOperation, WebhookDesk } from '../context.ts'
import type { Database } from '../database/client.ts'
import type { Transaction } from '../database/transaction.ts'
import type { Domain } from '../domain.ts'
import { Egress } from '../egress/egress.ts'
import type { EventFeed } from '../events/feed.ts'
import { FeedConsumer, type FeedLane } from '../events/feed-consumer.ts'
import { inTransaction, type Jobs } from '../jobs/jobs.ts'
import { Queue } from '../jobs/queue.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Tracing } from '../observability/tracing.ts'
import { Sealer } from '../privacy/sealer.ts'
import type { OwnKey } from './deliveries.ts'
import { contentOf, type OperationRunner } from './message.ts'
import { Poster } from './post.ts'
import { beginTurn } from './take-events.ts'
import { Visit } from './visit.ts'

interface WebhookParts {
  config: Pick<Config, 'webhooks'>
  /** Encrypts the secrets that sign. Without it there are no webhooks. */
  encryptionSecret: string | undefined
  jobs: Jobs
  database: Database
  domain: Pick<Domain, 'eventPolicy' | 'scopes'>
  feed: EventFeed
  cursors: Cursors
  log: Log
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined
}

type Endpoint = OperationRunner & Pick<WebhookDesk, 'filterOf'>
interface Visiting {
  webhookId: string
}

const queueName = 'webhook-visits'
/** How many webhooks one process visits at once. */
const visitors = 5
/** After that at a stop, messages under way are broken off. */
const breakOffAfterMs = 2500

/**
 * Sends events to webhooks. A turn of the feed writes what is to be delivered, and a job of pg-boss for each webhook: to
 * visit it. Nothing runs before there is an enabled webhook.
 */
export class Webhooks implements WebhookDesk {
  readonly sealer: Sealer | undefined
  readonly #parts: WebhookParts
  readonly #declared: ReadonlySet<string>
  readonly #egress: Egress
  readonly #poster: Poster
  readonly #consumer: FeedConsumer
  /** A key keeps its scopes for life. */
  readonly #viewers = new Map<string, Viewer>()
  readonly #stopped = new AbortController()
  #endpoint: Endpoint | undefined
  readonly #queue: Queue<Visiting>
  readonly #visits = new Set<Visit>()

  constructor(parts: WebhookParts) {
    const { config, encryptionSecret, feed, database, log, metrics, domain } = parts
    const { networks, requiresHttps, timeoutMs } = config.webhooks
    this.#parts = parts
    this.#declared = new Set(Object.keys(domain.scopes))
    this.sealer = encryptionSecret === undefined ? undefined : new Sealer(encryptionSecret, 'frontdoor webhooks')
    this.#egress = new Egress({ allowed: networks, requiresHttps })
    this.#queue = new Queue({
      jobs: parts.jobs,
      name: queueName,
      atOnce: visitors,
      run: ({ webhookId }: Visiting, lost) => this.#visit(webhookId, lost),
    })
    this.#poster = new Poster({ egress: this.#egress, timeoutMs, tracing: parts.tracing })
    this.#consumer = new FeedConsumer({
      name: 'webhooks',
      feed,
      transactions: database.ownTransactions,
      begin: (tx) => this.#begin(tx),
      concerns: ({ aggregateType }) => aggregateType === 'Webhook',
      onTaken: () => this.#wake(),
      log,
      metrics,
    })
  }

  start(endpoint: Endpoint): void {
    this.#endpoint = endpoint
    if (this.sealer) this.#consumer.start()
  }

  /** Lets messages under way end, for some seconds. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    for (const visit of this.#visits) visit.wake()
    await this.#consumer.stop()
    const breakOff = setTimeout(() => this.#poster.close(), breakOffAfterMs).unref()
    await this.#parts.jobs.stop()
    clearTimeout(breakOff)
    this.#poster.close()
  }

  viewerOf(apiKeyId: string): Promise<Viewer | undefined> {
    return liveKeyViewer(this.#parts.database.client, apiKeyId, this.#declared)
  }

  urlRefusal(url: string): Promise<string | undefined> {
    return this.#egress.refusalOf(url)
  }

  filterOf(operation: OwnOperation) {
    return this.#runningEndpoint.filterOf(operation)
  }

  async #begin(tx: Transaction): Promise<readonly FeedLane[]> {
    const lanes = await beginTurn(tx, {
      policy: this.#parts.domain.eventPolicy,
      viewerOf: (key) => this.#viewerOf(key),
      enqueue: async (webhookId, within) => {
        const boss = await this.#queue.started()
        await boss.upsert(queueName, { webhookId } satisfies Visiting, {
          singletonKey: webhookId,
          startAfter: new Date(),
          db: inTransaction(within),
        })
      },
    })
    // Visits may wait from before this process was started.
    if (lanes.length > 0) await this.#queue.started()
    return lanes
  }

  #viewerOf(key: Omit<OwnKey, 'isEnded'>): Viewer {
    const viewer = this.#viewers.get(key.id) ?? keyViewer(key, this.#declared)
    this.#viewers.set(key.id, viewer)
    return viewer
  }

  get #runningEndpoint(): Endpoint {
    if (!this.#endpoint) throw new Error('webhooks are not started')
    return this.#endpoint
  }

  /** A turn may have enqueued visits, or deliveries of webhooks that are visited now. */
  #wake(): void {
    for (const visit of this.#visits) visit.wake()
    this.#queue.wake()
  }

  async #visit(webhookId: string, lost: AbortSignal): Promise<void> {
    const { database, cursors, config, log, metrics, domain } = this.#parts
    const { sealer } = this
    if (!sealer) return
    const content = { endpoint: this.#runningEndpoint, policy: domain.eventPolicy, cursors }
    const visit = new Visit(
      {
        transactions: database.ownTransactions,
        contentFor: (event: FeedEvent, viewer, webhook) => contentOf(event, viewer, webhook, content),
        viewerOf: (key) => this.#viewerOf(key),
        cursors,
        poster: this.#poster,
        sealer,
        firstRetryMs: config.webhooks.firstRetryMs,
        log,
        metrics,
      },
      webhookId,
      AbortSignal.any([this.#stopped.signal, lost]),
    )
    this.#visits.add(visit)
    const waitMs = await visit.run().finally(() => this.#visits.delete(visit))
    if (waitMs === undefined) return
    // A visit that waits already is earlier.
    const startAfter = new Date(Date.now() + waitMs)
    const boss = await this.#queue.started()
    await boss.send(queueName, { webhookId } satisfies Visiting, { singletonKey: webhookId, startAfter })
  }
}

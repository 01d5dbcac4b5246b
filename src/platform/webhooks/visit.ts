import type { Viewer } from '../auth/viewer.ts'
import type { Cursors, FeedEvent } from '../context.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Sealer } from '../privacy/sealer.ts'
import { parallelFor, recordFailure, recordSuccess } from './breaker.ts'
import {
  type DueDelivery,
  type OwnKey,
  readDue,
  readEvents,
  readSafePosition,
  readWait,
  readWebhook,
  storeVerdict,
  type Verdict,
  type VisitedWebhook,
} from './deliveries.ts'
import { disableWebhook } from './disable-webhook.ts'
import { bodyOf, type Content, testBodyOf } from './message.ts'
import type { Poster, Reply } from './post.ts'
import { signedHeaders } from './signature.ts'

export interface VisitParts {
  transactions: Transactions
  /** The event as the viewer may see it now; what to wait; or undefined where the viewer does not see it. */
  contentFor: (
    event: FeedEvent,
    viewer: Viewer,
    webhook: VisitedWebhook,
  ) => Promise<Content | { waitMs: number } | undefined>
  viewerOf: (key: OwnKey) => Viewer
  cursors: Cursors
  poster: Poster
  sealer: Sealer
  /** The wait before the second attempt. Each further one is four times as long. */
  firstRetryMs: number
  log: Log
  metrics: Metrics
}

/** What can be sent now. */
interface Round {
  webhook: VisitedWebhook
  due: readonly DueDelivery[]
  /** By their positions. */
  events: ReadonlyMap<number, FeedEvent>
}

/** Nothing is due for a while; for good where `waitMs` is undefined. */
interface Rest {
  waitMs: number | undefined
}

/** How many deliveries are read at once. */
const batchSize = 20
/** Then other webhooks have their turn. */
const longestVisitMs = 30_000
/** A visit waits this long for the next delivery, before it ends. */
const longestWaitMs = 1000
const longestRetryMs = 8 * 3_600_000
const longestAskedMs = 24 * 3_600_000
const triedForMs = 3 * 86_400_000
/** The pause of a failing endpoint, in first retries. */
const pauseInRetries = 2

/**
 * Sends what is due at one webhook. Each webhook is visited by one process at a time, so order and pauses need no locks.
 * What a visit has not recorded, because its process died, is sent again under the same id.
 */
export class Visit {
  readonly #parts: VisitParts
  readonly #webhookId: string
  readonly #signal: AbortSignal
  readonly #until = performance.now() + longestVisitMs
  readonly #underWay = new Map<string, Promise<void>>()
  /** Whether a failure may have paused the webhook since the last round. */
  #hasFailures = false
  /** Whether a delivery has ended, or the visit was woken, since the last round began: what it read may be outdated. */
  #isOutdated = false
  #error: unknown
  #wake: (() => void) | undefined

  constructor(parts: VisitParts, webhookId: string, signal: AbortSignal) {
    this.#parts = parts
    this.#webhookId = webhookId
    this.#signal = signal
  }

  /** Returns after how many milliseconds the next visit is due; undefined where nothing is pending. */
  async run(): Promise<number | undefined> {
    let rest: Rest = { waitMs: 0 }
    while (!this.#isOver()) {
      const round = await this.#nextRound()
      if ('due' in round) {
        await this.#send(round)
        continue
      }
      if (this.#isOutdated) continue
      if (this.#underWay.size === 0 && !isShort(round)) {
        rest = round
        break
      }
      await this.#change(round)
    }
    await Promise.all(this.#underWay.values())
    if (this.#error !== undefined) throw this.#error
    return rest.waitMs
  }

  /** There may be something new to send, or the signal is aborted. */
  wake(): void {
    this.#isOutdated = true
    this.#wake?.()
  }

  /** Resolves when a delivery under way has ended, when another is due, or when it is woken. */
  async #change({ waitMs = longestWaitMs }: Rest): Promise<void> {
    const waking = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const timer = setTimeout(() => this.#wake?.(), Math.min(Math.max(waitMs, 0), longestWaitMs))
    await Promise.race([waking, ...this.#underWay.values()])
    clearTimeout(timer)
    this.#wake = undefined
  }

  #isOver(): boolean {
    return this.#signal.aborted || this.#error !== undefined || performance.now() > this.#until
  }

  #nextRound(): Promise<Round | Rest> {
    this.#hasFailures = false
    this.#isOutdated = false
    return this.#parts.transactions.run(async (tx) => {
      const webhook = await readWebhook(tx, this.#webhookId)
      if (!webhook || webhook.isDisabled) return { waitMs: undefined }
      if (webhook.key.isEnded) {
        await this.#disable(tx, 'KEY_ENDED')
        return { waitMs: undefined }
      }
      const except = [...this.#underWay.keys()]
      const limit = Math.min(batchSize, 2 * parallelFor(webhook))
      const due = await readDue(tx, webhook, { except, limit, onlyTests: webhook.pausedForMs > 0 })
      if (due.length > 0) return { webhook, due, events: await readEvents(tx, due) }
      // What is under way ends soon, and what is due then may be waiting for it.
      return { waitMs: except.length > 0 ? longestWaitMs : await readWait(tx, webhook) }
    })
  }

  async #send({ webhook, due, events }: Round): Promise<void> {
    for (const delivery of due) {
      while (this.#underWay.size >= parallelFor(webhook)) await Promise.race(this.#underWay.values())
      if (this.#hasFailures || this.#isOver()) return
      const sending = this.#deliver(webhook, delivery, events)
        .catch((error: unknown) => {
          this.#error ??= error
        })
        .finally(() => {
          this.#underWay.delete(delivery.id)
          this.#isOutdated = true
        })
      this.#underWay.set(delivery.id, sending)
    }
  }

  async #deliver(webhook: VisitedWebhook, delivery: DueDelivery, events: Round['events']): Promise<void> {
    const made = delivery.position === null ? testBodyOf(webhook.id) : await this.#bodyFor(webhook, delivery, events)
    if (typeof made !== 'string') return this.#parts.transactions.run((tx) => storeVerdict(tx, delivery, made))
    const sentAt = new Date()
    const startedAt = performance.now()
    const message = { id: encodeId('WebhookDelivery', delivery.id), sentAt, body: made }
    const secrets = webhook.secrets.map((secret) => this.#parts.sealer.open(secret))
    const reply = await this.#parts.poster.post(webhook.url, signedHeaders(message, secrets), made)
    if (!reply) return
    const attempt = { reply, at: sentAt, durationMs: Math.round(performance.now() - startedAt) }
    this.#parts.metrics.webhookAttempts.inc({ outcome: reply.outcome })
    const isAccepted = reply.outcome === 'ACCEPTED'
    if (!isAccepted) this.#hasFailures = true
    // The webhook is locked before its deliveries, as by everyone else.
    await this.#parts.transactions.run(async (tx) => {
      if (isAccepted) await recordSuccess(tx, webhook)
      else if (delivery.position !== null) await this.#recordFailure(tx, webhook, attempt)
      await storeVerdict(tx, delivery, this.#verdictOn(delivery, reply), attempt)
    })
  }

  /** The body, or what becomes of a delivery that has none now. */
  async #bodyFor(webhook: VisitedWebhook, delivery: DueDelivery, events: Round['events']): Promise<string | Verdict> {
    const { contentFor, viewerOf, cursors, transactions } = this.#parts
    const event = events.get(delivery.position ?? 0)
    // It is no longer kept.
    if (!event) return { state: 'FAILED', waitMs: 0 }
    const content = await contentFor(event, viewerOf(webhook.key), webhook)
    if (!content) return { state: 'SKIPPED', waitMs: 0 }
    if ('waitMs' in content) return verdictAfter(delivery, content.waitMs)
    const safe = await transactions.run((tx) => readSafePosition(tx, webhook.id, delivery.id))
    return bodyOf(event, content, safe, cursors)
  }

  #verdictOn(delivery: DueDelivery, { outcome, retryAfterMs = 0 }: Reply): Verdict {
    if (outcome === 'ACCEPTED') return { state: 'DELIVERED', waitMs: 0 }
    if (delivery.position === null) return { state: 'FAILED', waitMs: 0 }
    const backoff = Math.min(longestRetryMs, this.#parts.firstRetryMs * 4 ** delivery.tries)
    return verdictAfter(delivery, Math.max(Math.min(retryAfterMs, longestAskedMs), backoff * (0.5 + Math.random() / 2)))
  }

  async #recordFailure(
    tx: Transaction,
    webhook: VisitedWebhook,
    { reply: { status, retryAfterMs = 0 }, durationMs }: { reply: Reply; durationMs: number },
  ): Promise<void> {
    const firstPauseMs = pauseInRetries * this.#parts.firstRetryMs
    await recordFailure(tx, webhook, { durationMs, firstPauseMs, askedMs: Math.min(retryAfterMs, longestAskedMs) })
    if (status === gone) await this.#disable(tx, 'GONE')
  }

  async #disable(tx: Transaction, reason: 'GONE' | 'KEY_ENDED'): Promise<void> {
    const webhookId = encodeId('Webhook', this.#webhookId)
    this.#parts.log.warn({ webhookId, reason }, 'webhook disabled')
    await disableWebhook(tx, this.#webhookId, reason)
  }
}

function isShort({ waitMs }: Rest): boolean {
  return waitMs !== undefined && waitMs < longestWaitMs
}

/** The status by which a receiver ends a webhook: 410, as Standard Webhooks has it. */
const gone = 410

function verdictAfter({ begunAt }: DueDelivery, waitMs: number): Verdict {
  const isTooLate = Date.now() + waitMs > begunAt.getTime() + triedForMs
  return { state: isTooLate ? 'FAILED' : 'PENDING', waitMs }
}

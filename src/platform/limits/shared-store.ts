import { once } from 'node:events'
import { createClient } from '@redis/client'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'

/** How long a request waits for Redis, at most. */
const responseBoundMs = 100
const stepsOfWait = 5
const connectMs = 1000
const retryMs = 500

/** Counters that all replicas share in Redis. While Redis is away each replica counts for itself, and no request fails. */
export class SharedStore {
  readonly client: Client
  readonly #log: Log
  readonly #metrics: Metrics
  #up = false
  #retrying: NodeJS.Timeout | undefined

  private constructor(url: string, log: Log, metrics: Metrics) {
    this.#log = log
    this.#metrics = metrics
    this.client = connectionTo(url)
    // The commands that fail report a lost connection.
    this.client.on('error', () => {})
  }

  /** Waits at most a second for the first response, and goes on without it. */
  static async connect(url: string, log: Log, metrics: Metrics): Promise<SharedStore> {
    const store = new SharedStore(url, log, metrics)
    // Settles at the first connection, after any number of attempts.
    const connected = store.client.connect().then(() => store.#probe())
    const failed = once(store.client, 'error').then(([err]: unknown[]) => Promise.reject(err))
    await within(connectMs, Promise.race([connected, failed])).then(
      () => store.#found(),
      (err: unknown) => store.#lost(err),
    )
    return store
  }

  /** The result of `shared`; where that fails or takes longer than 100 ms, the result of `alone`. */
  async run<T>(shared: (client: Client) => Promise<T>, alone: () => T | Promise<T>): Promise<T> {
    if (!this.#up) return alone()
    try {
      return await within(responseBoundMs, shared(this.client))
    } catch (err) {
      this.#lost(err)
      return alone()
    }
  }

  close(): void {
    clearInterval(this.#retrying)
    this.#retrying = undefined
    if (this.client.isOpen) this.client.destroy()
  }

  /** Writes as the limits do: a Redis that is full, or a read-only replica, responds but refuses to write. */
  async #probe(): Promise<void> {
    await this.client.eval("return redis.call('SET', KEYS[1], 1, 'PX', 1000)", { keys: ['frontdoor:asked'] })
  }

  #found(): void {
    clearInterval(this.#retrying)
    this.#retrying = undefined
    this.#up = true
    this.#metrics.sharedLimitsUp.set(1)
    this.#log.info('limits are shared through Redis')
  }

  #lost(err: unknown): void {
    if (this.#retrying) return
    this.#up = false
    this.#metrics.sharedLimitsUp.set(0)
    this.#log.error({ err }, 'Redis does not answer: limits are counted by each replica for itself')
    let probing = false
    this.#retrying = setInterval(async () => {
      if (probing || !this.client.isReady) return
      probing = true
      const found = await within(responseBoundMs, this.#probe()).then(
        () => true,
        () => false,
      )
      probing = false
      if (found && this.#retrying) this.#found()
    }, retryMs).unref()
  }
}

type Client = ReturnType<typeof connectionTo>

function connectionTo(url: string) {
  return createClient({
    url,
    // A queued command would make its request wait.
    disableOfflineQueue: true,
    socket: { connectTimeout: connectMs, reconnectStrategy: retryMs },
  })
}

/**
 * Rejects after this long, counted in steps. A stall of this process fills one step only: the response may be there and
 * not read yet, or the command not sent yet.
 */
async function within<T>(ms: number, response: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const wait = (steps: number) => {
    if (steps === 0) return reject(new Error(`no response within ${ms} ms`))
    timer = setTimeout(wait, ms / stepsOfWait, steps - 1)
  }
  wait(stepsOfWait)
  try {
    return await Promise.race([response, late])
  } finally {
    clearTimeout(timer)
  }
}

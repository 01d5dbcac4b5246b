import { once } from 'node:events'
import { createClient } from '@redis/client'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'

/** A request waits no longer than this for what others have used up. */
const answerMs = 100
const connectMs = 1000
const lookAgainMs = 500

/** What every replica counts together, in Redis. Where it is not there, each counts for itself, and no request fails. */
export class SharedStore {
  readonly client: Client
  readonly #log: Log
  readonly #metrics: Metrics
  #up = false
  #looking: NodeJS.Timeout | undefined

  private constructor(url: string, log: Log, metrics: Metrics) {
    this.#log = log
    this.#metrics = metrics
    this.client = connectionTo(url)
    // What a lost connection breaks off is told by the commands themselves.
    this.client.on('error', () => {})
  }

  /** Waits at most a second for the first answer, and goes on without it. */
  static async connect(url: string, log: Log, metrics: Metrics): Promise<SharedStore> {
    const store = new SharedStore(url, log, metrics)
    // It settles when there is a connection, however many attempts that takes.
    const connected = store.client.connect().then(() => store.#ask())
    const failed = once(store.client, 'error').then(([err]: unknown[]) => Promise.reject(err))
    await within(connectMs, Promise.race([connected, failed])).then(
      () => store.#found(),
      (err: unknown) => store.#lost(err),
    )
    return store
  }

  /** What `shared` gives; where it fails or takes longer than 100 ms, what `alone` gives. */
  async run<T>(shared: (client: Client) => Promise<T>, alone: () => T | Promise<T>): Promise<T> {
    if (!this.#up) return alone()
    try {
      return await within(answerMs, shared(this.client))
    } catch (err) {
      this.#lost(err)
      return alone()
    }
  }

  close(): void {
    clearInterval(this.#looking)
    this.#looking = undefined
    if (this.client.isOpen) this.client.destroy()
  }

  /** As limits ask: a server that is full, or a copy of another, answers and takes no scripts that write. */
  async #ask(): Promise<void> {
    await this.client.eval("return redis.call('SET', KEYS[1], 1, 'PX', 1000)", { keys: ['frontdoor:asked'] })
  }

  #found(): void {
    clearInterval(this.#looking)
    this.#looking = undefined
    this.#up = true
    this.#metrics.sharedLimitsUp.set(1)
    this.#log.info('limits are shared through Redis')
  }

  #lost(err: unknown): void {
    if (this.#looking) return
    this.#up = false
    this.#metrics.sharedLimitsUp.set(0)
    this.#log.error({ err }, 'Redis does not answer: limits are counted by each replica for itself')
    let asking = false
    this.#looking = setInterval(async () => {
      if (asking || !this.client.isReady) return
      asking = true
      const found = await within(answerMs, this.#ask()).then(
        () => true,
        () => false,
      )
      asking = false
      if (found && this.#looking) this.#found()
    }, lookAgainMs).unref()
  }
}

type Client = ReturnType<typeof connectionTo>

function connectionTo(url: string) {
  return createClient({
    url,
    // Waiting commands would be waiting requests.
    disableOfflineQueue: true,
    socket: { connectTimeout: connectMs, reconnectStrategy: lookAgainMs },
  })
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { wasOnceGood } from '../auth/credential-refusal.ts'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import { codeOf } from '../errors.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { networkOf } from './address-network.ts'
import { rateLimited } from './rate-limit.ts'
import type { SharedStore } from './shared-store.ts'

interface Authenticator {
  viewer(authorization: string): Viewer | Promise<Viewer>
  knownViewer(authorization: string): Viewer | Promise<Viewer> | undefined
}

interface GuardOptions {
  authenticator: Authenticator
  /** Refusals in a minute before the guard pauses an address. */
  refusals: number
  shared: SharedStore | undefined
  log: Log
  metrics: Metrics
}

const windowSeconds = 60
const firstPauseSeconds = 60
const longestPauseSeconds = 900
/** How long the guard remembers that it has paused an address. */
const memorySeconds = 86_400

/**
 * Slows down guessing. After some refusals in a minute, new credentials of that address are refused unchecked for a pause,
 * which doubles with each repetition, from one minute up to fifteen. Requests without a credential or with a known one
 * still pass, because others may share the address. An ended credential and a repeated one count as no guess: a program
 * that has not noticed must not lock out its neighbours.
 */
export class CredentialGuard {
  readonly #options: GuardOptions
  readonly #refusals: Counter
  readonly #pauses: Counter
  readonly #guesses = new RecentGuesses()

  constructor(options: GuardOptions) {
    this.#options = options
    this.#refusals = new Counter('refused', options.refusals, windowSeconds, options.shared)
    this.#pauses = new Counter('paused', Number.MAX_SAFE_INTEGER, memorySeconds, options.shared)
  }

  /** As the authenticator's. */
  knownViewer(authorization: string): Viewer | Promise<Viewer> | undefined {
    return this.#options.authenticator.knownViewer(authorization)
  }

  viewer(authorization: string | null, address: string): Viewer | Promise<Viewer> {
    if (authorization === null) return anonymous
    return this.knownViewer(authorization) ?? this.#look(authorization, networkOf(address))
  }

  async #look(authorization: string, network: string): Promise<Viewer> {
    const { authenticator, refusals, metrics } = this.#options
    const counted = await this.#refusals.get(network)
    // An expired counter may stay in memory for a moment.
    if (counted && counted.consumedPoints >= refusals && counted.msBeforeNext > 0) {
      metrics.rateLimited.inc({ limit: 'credentials' })
      const seconds = Math.ceil(counted.msBeforeNext / 1000)
      throw rateLimited(`Too many credentials were refused; try again in ${seconds} s.`, seconds)
    }
    try {
      return await authenticator.viewer(authorization)
    } catch (error) {
      if (codeOf(error) === 'UNAUTHENTICATED') {
        metrics.refusedCredentials.inc()
        if (!wasOnceGood(error) && this.#guesses.isNew(authorization, network)) await this.#guessed(network)
      }
      throw error
    }
  }

  async #guessed(network: string): Promise<void> {
    const { refusals, log } = this.#options
    const { consumedPoints } = await this.#refusals.add(network)
    // Refusals of credentials that were being checked meanwhile do not lengthen the pause.
    if (consumedPoints !== refusals) return
    const { consumedPoints: pauses } = await this.#pauses.add(network)
    const pauseSeconds = Math.min(longestPauseSeconds, firstPauseSeconds * 2 ** (pauses - 1))
    await this.#refusals.pause(network, pauseSeconds)
    log.warn({ address: network, refusals, pauseSeconds }, 'refused credentials: no new ones are looked at for a while')
  }
}

const maxGuesses = 10_000

/** Hashes of the credentials refused within the window. A hash that is dropped too early is counted twice at worst. */
class RecentGuesses {
  /** When each was first tried, oldest first. */
  readonly #triedAt = new Map<string, number>()

  isNew(authorization: string, network: string): boolean {
    const name = createHash('sha256').update(`${network} ${authorization}`).digest('base64')
    const now = Date.now()
    if (now - (this.#triedAt.get(name) ?? Number.NEGATIVE_INFINITY) < windowSeconds * 1000) return false
    const oldest = this.#triedAt.size >= maxGuesses ? this.#triedAt.keys().next().value : undefined
    if (oldest !== undefined) this.#triedAt.delete(oldest)
    this.#triedAt.delete(name)
    this.#triedAt.set(name, now)
    return true
  }
}

/** Counts by network: for all replicas where they share a store, else for this one. */
class Counter {
  readonly #own: RateLimiterMemory
  readonly #shared: RateLimiterRedis | undefined
  readonly #store: SharedStore | undefined

  constructor(name: string, points: number, duration: number, store: SharedStore | undefined) {
    const options = { keyPrefix: `frontdoor:${name}`, points, duration }
    this.#own = new RateLimiterMemory(options)
    this.#store = store
    this.#shared = store && new RateLimiterRedis({ ...options, storeClient: store.client, useRedisPackage: true })
  }

  get(network: string): Promise<RateLimiterRes | null> {
    return this.#run((limiter) => limiter.get(network))
  }

  add(network: string): Promise<RateLimiterRes> {
    return this.#run((limiter) => limiter.penalty(network))
  }

  pause(network: string, seconds: number): Promise<RateLimiterRes> {
    return this.#run((limiter) => limiter.block(network, seconds))
  }

  #run<T>(count: (limiter: RateLimiterRedis | RateLimiterMemory) => Promise<T>): Promise<T> {
    const shared = this.#shared
    if (!this.#store || !shared) return count(this.#own)
    return this.#store.run(
      () => count(shared),
      () => count(this.#own),
    )
  }
}

import type { GraphQLError } from 'graphql'
import { anonymous, principalOf, type Viewer } from '../auth/viewer.ts'
import { retryLater } from '../errors.ts'
import { networkOf } from './address-network.ts'
import type { Allowance, Taken, TokenBuckets } from './token-bucket.ts'

/** The bucket as the client sees it, in `extensions.cost.throttle`. */
export interface Throttle {
  maximum: number
  available: number
  restoreRate: number
}

const maxDrained = 10_000
/** The cost of any request, also of one that is refused. */
export const leastCharge = 1

/** The cost that each principal may use: a viewer by its identity, an anonymous request by its address. */
export class RateLimit {
  readonly #viewers: TokenBuckets
  readonly #anonymous: TokenBuckets
  /** Until when (milliseconds) an account has less than one point, so that Redis need not be asked. */
  readonly #drained = new Map<string, number>()

  constructor({ viewers, anonymous }: { viewers: TokenBuckets; anonymous: TokenBuckets }) {
    this.#viewers = viewers
    this.#anonymous = anonymous
  }

  accountOf(viewer: Viewer, address: string): Account {
    if (viewer.kind !== anonymous.kind) {
      return new Account(this.#viewers, `viewer ${principalOf(viewer)}`, this.#drained)
    }
    return new Account(this.#anonymous, `address ${networkOf(address)}`, this.#drained)
  }

  /** The capacity of the viewer's bucket: no operation can cost more. */
  capacityOf({ kind }: Viewer): number {
    return (kind === anonymous.kind ? this.#anonymous : this.#viewers).allowance.capacity
  }

  /** Whether any account may be empty. Mostly none is, and no account is looked up. */
  get isAnyDrained(): boolean {
    return this.#drained.size > 0
  }
}

/** The bucket of one principal. */
export class Account {
  readonly #buckets: TokenBuckets
  readonly #key: string
  readonly #drained: Map<string, number>

  constructor(buckets: TokenBuckets, key: string, drained: Map<string, number>) {
    this.#buckets = buckets
    this.#key = key
    this.#drained = drained
  }

  get allowance(): Allowance {
    return this.#buckets.allowance
  }

  take(points: number): Taken | Promise<Taken> {
    const taken = this.#buckets.take(this.#key, points, Date.now())
    return taken instanceof Promise ? taken.then((later) => this.#remember(later)) : this.#remember(taken)
  }

  giveBack(points: number): void {
    this.#buckets.giveBack(this.#key, points, Date.now())
    this.#drained.delete(this.#key)
  }

  /** The refusal of an account that is known to be empty; undefined where it may have points. */
  refusal(): Taken | undefined {
    const waitMs = (this.#drained.get(this.#key) ?? 0) - Date.now()
    if (waitMs > 0) return { granted: false, available: 0, retryAfterSeconds: Math.ceil(waitMs / 1000) }
    this.#drained.delete(this.#key)
    return undefined
  }

  #remember(taken: Taken): Taken {
    if (taken.granted || taken.available >= 1) return taken
    const oldest = this.#drained.size >= maxDrained ? this.#drained.keys().next().value : undefined
    if (oldest !== undefined) this.#drained.delete(oldest)
    const untilOneMs = ((1 - taken.available) / this.allowance.restorePerSecond) * 1000
    this.#drained.set(this.#key, Date.now() + untilOneMs)
    return taken
  }
}

/** The points a request was charged, and the points its principal has left. */
export class Charge {
  readonly taken: Taken
  readonly #account: Account
  /** Points taken and not given back. */
  #points: number
  #available: number

  constructor(account: Account, points: number, taken: Taken) {
    this.#account = account
    this.taken = taken
    this.#points = taken.granted ? points : 0
    this.#available = taken.available
  }

  giveBackUnused(used: number): void {
    const unused = this.#points - Math.max(leastCharge, used)
    if (unused > 0) this.#giveBack(unused)
  }

  /** For an operation that was not executed. */
  giveBackAll(): void {
    this.#giveBack(this.#points)
  }

  get throttle(): Throttle {
    return throttleOf(this.#account.allowance, this.#available)
  }

  get headers(): [string, string][] {
    return rateLimitHeaders(this.#account.allowance, this.#available)
  }

  #giveBack(points: number): void {
    this.#account.giveBack(points)
    this.#points -= points
    this.#available = Math.min(this.#account.allowance.capacity, this.#available + points)
  }
}

function throttleOf({ capacity, restorePerSecond }: Allowance, available: number): Throttle {
  return { maximum: capacity, available: Math.floor(available), restoreRate: restorePerSecond }
}

/** draft-ietf-httpapi-ratelimit-headers, as structured fields. The window is the time in which an empty bucket fills. */
function rateLimitHeaders({ capacity, restorePerSecond }: Allowance, available: number): [string, string][] {
  const seconds = (points: number) => Math.ceil(points / restorePerSecond)
  const left = Math.floor(available)
  return [
    ['RateLimit-Policy', `"cost";q=${capacity};w=${seconds(capacity)}`],
    ['RateLimit', `"cost";r=${left};t=${seconds(capacity - left)}`],
  ]
}

/** RFC 6585, section 4. */
export function rateLimited(message: string, retryAfterSeconds: number, throttle?: Throttle): GraphQLError {
  return retryLater('RATE_LIMITED', message, retryAfterSeconds, { throttle })
}

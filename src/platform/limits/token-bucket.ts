/** How much may be taken at once, and how fast it comes back. */
export interface Allowance {
  /** Points of a full bucket. */
  readonly capacity: number
  /** Points that come back in a second; may be a fraction. */
  readonly restorePerSecond: number
}

export interface Taken {
  /** All of the points were taken, or none. */
  readonly granted: boolean
  /** Points that are left, also where none were taken; may have a fraction. */
  readonly available: number
  /** After how many whole seconds the same would be granted, if nobody else takes; 0 where it was. */
  readonly retryAfterSeconds: number
}

/** A bucket of points for each key, which fills again at a steady rate. A key that was never seen has a full one. */
export interface TokenBuckets {
  readonly allowance: Allowance
  /** `now` in milliseconds. More than the capacity is never granted. */
  take(key: string, points: number, now: number): Taken | Promise<Taken>
  /** Puts back what was taken and not used. */
  giveBack(key: string, points: number, now: number): void
}

interface Bucket {
  points: number
  /** In milliseconds, when the points were counted. */
  at: number
}

const defaultMaxKeys = 100_000

/** The buckets of one process. */
export class MemoryTokenBuckets implements TokenBuckets {
  readonly allowance: Allowance
  readonly #maxKeys: number
  /** In the order in which they were last used: those at the start are the first to be full again. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(allowance: Allowance, { maxKeys = defaultMaxKeys } = {}) {
    this.allowance = allowance
    this.#maxKeys = maxKeys
  }

  /** How many are kept: those that are not full, and full ones that nobody has asked for since. */
  get size(): number {
    return this.#buckets.size
  }

  take(key: string, points: number, now: number): Taken {
    const { restorePerSecond } = this.allowance
    const available = this.#filled(key, now)
    if (points > available) {
      this.#keep(key, available, now)
      return { granted: false, available, retryAfterSeconds: Math.ceil((points - available) / restorePerSecond) }
    }
    this.#keep(key, available - points, now)
    return { granted: true, available: available - points, retryAfterSeconds: 0 }
  }

  giveBack(key: string, points: number, now: number): void {
    if (points > 0 && this.#buckets.has(key)) this.#keep(key, this.#filled(key, now) + points, now)
  }

  #filled(key: string, now: number): number {
    const { capacity, restorePerSecond } = this.allowance
    const bucket = this.#buckets.get(key)
    if (!bucket) return capacity
    // A clock that is set back restores nothing, and takes nothing either.
    const elapsed = Math.max(0, now - bucket.at)
    return Math.min(capacity, bucket.points + (elapsed / 1000) * restorePerSecond)
  }

  #keep(key: string, points: number, now: number): void {
    this.#buckets.delete(key)
    if (points >= this.allowance.capacity) return
    this.#forgetFull(now)
    this.#buckets.set(key, { points, at: now })
  }

  /** Two at a time, so that the map shrinks while it is used; beyond the bound the one unused for longest goes. */
  #forgetFull(now: number): void {
    let looked = 0
    for (const key of this.#buckets.keys()) {
      const isFull = this.#filled(key, now) >= this.allowance.capacity
      if (!isFull && this.#buckets.size < this.#maxKeys) return
      this.#buckets.delete(key)
      if (++looked === 2) return
    }
  }
}

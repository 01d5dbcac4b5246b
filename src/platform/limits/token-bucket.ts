/** The capacity of a bucket and the speed at which it refills. */
export interface Allowance {
  /** Points in a full bucket. */
  readonly capacity: number
  /** Points restored a second; may be a fraction. */
  readonly restorePerSecond: number
}

export interface Taken {
  /** Whether all of the points were taken; otherwise none were. */
  readonly granted: boolean
  /** Points left in the bucket; may have a fraction. */
  readonly available: number
  /** Whole seconds until the same take would be granted, if nothing else takes points; 0 where it was granted. */
  readonly retryAfterSeconds: number
}

/** A bucket of points for each key, refilled at a steady rate. A new key has a full bucket. */
export interface TokenBuckets {
  readonly allowance: Allowance
  /** `now` in milliseconds. A take above the capacity is never granted. */
  take(key: string, points: number, now: number): Taken | Promise<Taken>
  /** Puts unused points back. */
  giveBack(key: string, points: number, now: number): void
}

interface Bucket {
  points: number
  /** When the points were counted, in milliseconds. */
  at: number
}

const defaultMaxKeys = 100_000

/** The buckets of one process. */
export class MemoryTokenBuckets implements TokenBuckets {
  readonly allowance: Allowance
  readonly #maxKeys: number
  /** In order of last use: the first ones are full again first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(allowance: Allowance, { maxKeys = defaultMaxKeys } = {}) {
    this.allowance = allowance
    this.#maxKeys = maxKeys
  }

  /** The number of buckets in memory: buckets that are not full, and full ones that were not used since. */
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
    // A clock that is set back neither restores nor removes points.
    const elapsed = Math.max(0, now - bucket.at)
    return Math.min(capacity, bucket.points + (elapsed / 1000) * restorePerSecond)
  }

  #keep(key: string, points: number, now: number): void {
    this.#buckets.delete(key)
    if (points >= this.allowance.capacity) return
    this.#forgetFull(now)
    this.#buckets.set(key, { points, at: now })
  }

  /** Removes two full buckets at a time, so that the map shrinks in use; above the bound, the least recently used one. */
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

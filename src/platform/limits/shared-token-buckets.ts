import { z } from 'zod'
import type { SharedStore } from './shared-store.ts'
import { type Allowance, MemoryTokenBuckets, type Taken, type TokenBuckets } from './token-bucket.ts'

/**
 * Takes points, or gives them back where they are negative, in one atomic step. Redis's clock counts, because clocks of
 * replicas differ. A key lives until its bucket would be full.
 */
const script = `
local capacity, restorePerMs, points = tonumber(ARGV[1]), tonumber(ARGV[2]) / 1000, tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'points', 'at')
local available = capacity
if kept[1] then
  available = math.min(capacity, kept[1] + math.max(0, now - kept[2]) * restorePerMs)
end
local granted = points <= available
if granted then available = math.min(capacity, available - points) end
local fullInMs = math.ceil((capacity - available) / restorePerMs)
if fullInMs > 0 then
  redis.call('HSET', KEYS[1], 'points', string.format('%.17g', available), 'at', now)
  redis.call('PEXPIRE', KEYS[1], fullInMs)
else
  redis.call('DEL', KEYS[1])
end
return { granted and 1 or 0, string.format('%.17g', available) }
`

const reply = z.tuple([z.number(), z.coerce.number()])

/** Buckets of all replicas, in Redis. While Redis is away each replica has buckets of its own. */
export class SharedTokenBuckets implements TokenBuckets {
  readonly allowance: Allowance
  readonly #store: SharedStore
  readonly #name: string
  readonly #own: MemoryTokenBuckets

  /** `name` distinguishes these buckets from others in the same Redis. */
  constructor(store: SharedStore, name: string, allowance: Allowance) {
    this.allowance = allowance
    this.#store = store
    this.#name = name
    this.#own = new MemoryTokenBuckets(allowance)
  }

  take(key: string, points: number, now: number): Promise<Taken> {
    return this.#change(key, points, () => this.#own.take(key, points, now))
  }

  /** Nothing waits for it: Redis runs the commands of a connection in order, so the next take comes after it. */
  giveBack(key: string, points: number, now: number): void {
    if (points <= 0) return
    const done = { granted: true, available: 0, retryAfterSeconds: 0 }
    void this.#change(key, -points, () => {
      this.#own.giveBack(key, points, now)
      return done
    })
  }

  #change(key: string, points: number, alone: () => Taken): Promise<Taken> {
    const { capacity, restorePerSecond } = this.allowance
    return this.#store.run(async (client) => {
      const changed = await client.eval(script, {
        keys: [`frontdoor:${this.#name}:${key}`],
        arguments: [capacity, restorePerSecond, points].map(String),
      })
      const [granted, available] = reply.parse(changed)
      const missing = granted === 1 ? 0 : points - available
      return { granted: granted === 1, available, retryAfterSeconds: Math.ceil(missing / restorePerSecond) }
    }, alone)
  }
}

import type { Config } from '../config/config.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { RateLimit } from './rate-limit.ts'
import type { SharedStore } from './shared-store.ts'
import { SharedTokenBuckets } from './shared-token-buckets.ts'
import { type Allowance, MemoryTokenBuckets, type TokenBuckets } from './token-bucket.ts'

/** What an endpoint counts from one request to the next. Replicas share it through Redis, where there is one. */
export interface Limits {
  rate: RateLimit
  /** Rows of exports. */
  exportedRows: RateLimit
  /** Lines of imports. */
  importedLines: RateLimit
  /** The same for the endpoint of an audience, which has a cost budget of its own. */
  forEndpoint(audience: string, limits: Config['limits']): Limits
  shared: SharedStore | undefined
  close(): void
}

export async function openLimits({ limits, redisUrl }: Config, log: Log, metrics: Metrics): Promise<Limits> {
  const shared = redisUrl === undefined ? undefined : await connectShared(redisUrl, log, metrics)
  const buckets = (name: string, allowance: Allowance): TokenBuckets =>
    shared ? new SharedTokenBuckets(shared, name, allowance) : new MemoryTokenBuckets(allowance)
  const rate = (name: string, { viewer, anonymous }: Config['limits']) =>
    new RateLimit({ viewers: buckets(name, viewer), anonymous: buckets(name, anonymous) })
  const all: Limits = {
    rate: rate('cost', limits),
    exportedRows: new RateLimit({
      viewers: buckets('export', limits.exportedRows),
      anonymous: buckets('export', limits.exportedRows),
    }),
    importedLines: new RateLimit({
      viewers: buckets('import', limits.importedLines),
      anonymous: buckets('import', limits.importedLines),
    }),
    forEndpoint: (audience, own) => ({ ...all, rate: rate(`cost ${audience}`, own) }),
    shared,
    close: () => shared?.close(),
  }
  return all
}

/** Loads the Redis driver only where it is used: it is a fifth of all modules. */
async function connectShared(url: string, log: Log, metrics: Metrics): Promise<SharedStore> {
  const { SharedStore } = await import('./shared-store.ts')
  return SharedStore.connect(url, log, metrics)
}

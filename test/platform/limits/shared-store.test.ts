import { pino } from 'pino'
import { expect, it } from 'vitest'
import { SharedStore } from '../../../src/platform/limits/shared-store.ts'
import { Metrics } from '../../../src/platform/observability/metrics.ts'
import { hasRedis, RedisServer } from '../support/redis.ts'

if (!hasRedis) console.warn('Skipped: no redis-server here, so that nothing shows that a busy replica keeps its Redis.')

const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

it.skipIf(!hasRedis)(
  'a stall of the server does not count as silence of Redis, before or after the command is sent',
  async () => {
    await using redis = await RedisServer.start()
    const store = await SharedStore.connect(redis.url, pino({ level: 'silent' }), new Metrics())
    const from = (client: SharedStore['client']) => client.ping()
    try {
      setImmediate(() => stall(300))
      const before = await store.run(from, () => 'alone')
      const after = store.run(from, () => 'alone')
      setImmediate(() => stall(300))
      expect([before, await after]).toEqual(['PONG', 'PONG'])

      redis.freeze()
      expect(await store.run(from, () => 'alone')).toBe('alone')
    } finally {
      store.close()
    }
  },
)

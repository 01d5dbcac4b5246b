import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { seed } from '../support/draw.ts'
import { type Received, Receiver } from './support/receiver.ts'
import { newWebhook } from './support/webhook.shop.ts'

// A receiver that fails at random, hangs and restarts: every event arrives, and nearly none twice. WEBHOOK_DELIVERIES=10000
// is the long run.

const wanted = Number(process.env.WEBHOOK_DELIVERIES ?? 3000)
const restarts = 5
const toleratedMs = 60_000 + wanted * 20

describe('a receiver that fails, hangs and restarts', () => {
  it(
    'accepts every event, at most one in a hundred twice, and each under one id',
    async () => {
      console.log(`webhooks: ${wanted} deliveries, RANDOM_SEED=${seed}`)
      const world = await createWorld({ env: { WEBHOOK_FIRST_RETRY_MS: '50', WEBHOOK_TIMEOUT_MS: '500' } })
      onTestFinished(() => world.close())
      const accepted: Received[] = []
      const [draw] = fc.sample(fc.gen(), { seed, numRuns: 1 })
      let receiver = await Receiver.open()
      onTestFinished(() => receiver.close())
      const { secret } = await newWebhook(world, { url: receiver.url, topics: ['PRODUCT_CHANGED'] })
      let attempts = 0
      const behave = (opened: Receiver) => {
        opened.secrets = [secret]
        opened.respond = (received, response) => {
          attempts++
          const luck = draw?.(evenly) ?? 0
          if (luck < 50) response.writeHead(500).end()
          else if (luck < 60) response.destroy()
          else if (luck >= 65) response.on('finish', () => accepted.push(received)).end()
          // Else it hangs.
        }
      }
      behave(receiver)
      const startedAt = performance.now()
      await changeProducts(world)
      for (let restart = 1; restart <= restarts; restart++) {
        await expect
          .poll(() => accepted.length, { timeout: toleratedMs, interval: 20 })
          .toBeGreaterThan((wanted * restart) / (restarts + 1))
        const { port } = receiver
        await receiver.close()
        receiver = await Receiver.open(port)
        behave(receiver)
      }
      const pending = () => world.client.webhookDelivery.count({ where: { state: { not: 'DELIVERED' } } })
      await expect.poll(pending, { timeout: toleratedMs, interval: 200 }).toBe(0)
      const seconds = (performance.now() - startedAt) / 1000

      const events = await world.client.domainEvent.findMany({
        where: { topic: 'product.changed' },
        select: { id: true },
      })
      expect(events).toHaveLength(wanted)
      const ids = accepted.map((message) => message.id)
      const eventIds = new Map(accepted.map(({ id, body }) => [id, String(body.data?.id)]))
      expect(new Set(eventIds.values()).size).toBe(wanted)
      expect(eventIds.size).toBe(wanted)
      const twice = ids.length - eventIds.size
      expect(twice).toBeLessThanOrEqual(wanted / 100)
      console.log(
        `webhooks: ${wanted} accepted of ${attempts} attempts, ${restarts} restarts, ${twice} twice, in ${seconds.toFixed(1)} s`,
      )
    },
    toleratedMs,
  )
})

/** Numbers from 0 to 999, small ones no more often than others. */
function evenly() {
  return fc.noBias(fc.nat({ max: 999 }))
}

/** Changes products in plain SQL until there are as many events as are wanted. */
async function changeProducts({ client }: World): Promise<void> {
  const products = await client.product.findMany({ select: { id: true } })
  for (let left = wanted; left > 0; ) {
    const some = products.slice(0, left)
    left -= some.length
    await client.product.updateMany({
      where: { id: { in: some.map(({ id }) => id) } },
      data: { reorderLevel: { increment: 1 } },
    })
  }
}

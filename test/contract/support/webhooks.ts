import { randomUUID } from 'node:crypto'
import type { World } from '../../support/world.ts'

/** Nobody listens there. */
export const nowhere = 'http://127.0.0.1:9/'

/** Lists of webhooks and deliveries, of which some are equal in all but their id. Nothing is sent. */
export async function addWebhooks({ client }: World): Promise<void> {
  const { id: apiKeyId } = await client.apiKey.findFirstOrThrow()
  const rows = Array.from({ length: 30 }, (_, index) => ({ index, createdAt: new Date(Math.floor(index / 3) * 1000) }))
  const hooks = rows.map(({ index, createdAt }) => ({
    id: randomUUID(),
    apiKeyId,
    name: `Hook ${index % 10}`,
    url: nowhere,
    filter: {},
    isOrdered: false,
    secret: new Uint8Array(),
    position: 0n,
    disabledAt: createdAt,
    disabledReason: 'BY_REQUEST' as const,
    createdAt,
  }))
  await client.webhook.createMany({ data: hooks })
  const about = { topic: 'webhook.test', aggregateType: 'Webhook', state: 'DELIVERED' as const }
  await client.webhookDelivery.createMany({
    data: hooks.map(({ id, createdAt }) => {
      return { ...about, id: randomUUID(), webhookId: id, aggregateKey: id, createdAt, endedAt: createdAt }
    }),
  })
}

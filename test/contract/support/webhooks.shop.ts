import { randomUUID } from 'node:crypto'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { tryToCreate } from '../../platform/webhooks/support/webhook.ts'
import type { World } from '../../support/world.ts'
import { nowhere } from './webhooks.ts'

/** What everyone is told of, so that every API key may be sent it. */
const topics = ['CATEGORY_CREATED']

/** A webhook that the admin makes with the rights of an API key. */
export async function hookOf(world: World, apiKeyId: string): Promise<{ id: string; version: number }> {
  const { webhook, userErrors } = await tryToCreate(world, { apiKeyId, url: nowhere, topics })
  if (!webhook) throw new Error(`no webhook: ${JSON.stringify(userErrors)}`)
  return webhook
}

/** A webhook of an API key, with something that was sent to it before. */
export async function usedHook(world: World, apiKeyId: string): Promise<void> {
  const { id } = await hookOf(world, apiKeyId)
  await sentTo(world, parseId('Webhook', id) ?? '')
}

/** A delivery that was tried twice, as the server leaves it. */
async function sentTo({ client }: World, webhookId: string): Promise<void> {
  const [at, durationMs] = [new Date(), 5]
  const attempts = [
    { number: 1, at, durationMs, outcome: 'UNREACHABLE' as const },
    { number: 2, at, durationMs, status: 200, outcome: 'ACCEPTED' as const },
  ]
  await client.webhookDelivery.create({
    data: {
      id: randomUUID(),
      webhookId,
      eventId: randomUUID(),
      topic: 'category.created',
      aggregateType: 'Category',
      aggregateKey: randomUUID(),
      state: 'DELIVERED',
      attemptCount: attempts.length,
      endedAt: at,
      attempts: { create: attempts },
    },
  })
}

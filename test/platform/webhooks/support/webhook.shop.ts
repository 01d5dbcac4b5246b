import { onTestFinished } from 'vitest'
import type { World } from '../../../support/world.ts'
import { newKey } from '../../support/api-key.shop.ts'
import { changeWebhook, tryToCreate } from './webhook.ts'

/** A webhook made by the admin for one test, with an API key of these scopes: both ids, and the secret that signs. */
export async function newWebhook(world: World, input: object, scopes: readonly string[] = ['orders:read']) {
  const key = await newKey(world, { scopes })
  const { webhook, secret, userErrors } = await tryToCreate(world, { apiKeyId: key.id, ...input })
  if (!webhook || !secret) throw new Error(`no webhook: ${JSON.stringify(userErrors)}`)
  onTestFinished(async () => {
    await changeWebhook(world, 'webhookDelete', { webhookId: webhook.id })
  })
  return { id: webhook.id, version: webhook.version, secret, key }
}

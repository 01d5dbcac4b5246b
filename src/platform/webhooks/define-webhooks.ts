import type { Mutation } from '../mutations/define-mutations.ts'
import { defineWebhookTypes, type WebhookOptions } from './webhook.ts'
import { defineWebhookCreate } from './webhook-create.ts'
import { defineWebhookDelete } from './webhook-delete.ts'
import { defineWebhookReplay } from './webhook-replay.ts'
import { defineWebhookRotateSecret } from './webhook-rotate-secret.ts'
import { defineWebhookTest } from './webhook-test.ts'
import { defineWebhookUpdate } from './webhook-update.ts'

/** Adds webhooks to a domain's schema: types, lists and mutations. */
export function defineWebhooks<Code extends string>({
  mutation,
  ...options
}: WebhookOptions & { mutation: Mutation<Code> }): void {
  defineWebhookTypes(options)
  defineWebhookCreate(mutation, options)
  defineWebhookUpdate(mutation, options)
  defineWebhookDelete(mutation, options)
  defineWebhookRotateSecret(mutation, options)
  defineWebhookTest(mutation, options)
  defineWebhookReplay(mutation, options)
}

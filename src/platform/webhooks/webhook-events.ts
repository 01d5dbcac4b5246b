import { z } from 'zod'
import { type Rule, scope } from '../auth/rule.ts'
import { changedFields, idOf } from '../events/payload.ts'
import { topic } from '../events/topic.ts'
import { webhookDisabled } from './disable-webhook.ts'

export type WebhookTopics = ReturnType<typeof topicsOfWebhooks>

/** An API key manages its own webhooks only, and sees their events as their owner. */
function allOfStaff(manageScope: string): Rule {
  const rule = scope(manageScope)
  return {
    ...rule,
    name: `${rule.name}, of staff`,
    allows: (viewer) => viewer.kind !== 'apiKey' && rule.allows(viewer),
  }
}

/** What happens to webhooks: for staff with the scope that manages them, and for the API key of the webhook. */
export function topicsOfWebhooks(manageScope: string) {
  const ofWebhooks = { version: 1, aggregate: 'Webhook', owner: 'ApiKey', seenBy: allOfStaff(manageScope) } as const
  const webhookId = idOf('Webhook')
  const only = z.object({ webhookId })
  return {
    created: topic({
      ...ofWebhooks,
      name: 'webhook.created',
      about: 'A webhook was made.',
      payload: z.object({ webhookId, apiKeyId: idOf('ApiKey') }),
    }),
    updated: topic({
      ...ofWebhooks,
      name: 'webhook.updated',
      about: 'A webhook was changed.',
      payload: z.object({ webhookId, changed: changedFields }),
    }),
    deleted: topic({ ...ofWebhooks, name: 'webhook.deleted', about: 'A webhook was deleted.', payload: only }),
    secretRotated: topic({
      ...ofWebhooks,
      name: 'webhook.secret_rotated',
      about: 'A webhook got a new secret.',
      payload: only,
    }),
    tested: topic({ ...ofWebhooks, name: 'webhook.tested', about: 'A test message was asked for.', payload: only }),
    replayed: topic({
      ...ofWebhooks,
      name: 'webhook.replayed',
      about: 'Deliveries were asked for again.',
      payload: only,
    }),
    disabled: topic({ ...webhookDisabled, seenBy: ofWebhooks.seenBy }),
  }
}

import { ownKeyId } from '../api-keys/api-key.ts'
import type { RowPolicies } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'

/** Staff with the scope see all webhooks, an API key with it its own. */
export function webhookPolicies(
  manageScope: string,
): Pick<RowPolicies, 'Webhook' | 'WebhookDelivery' | 'WebhookAttempt'> {
  const ofKey = <Where>(viewer: Viewer, ofOwn: (apiKeyId: string) => Where) => {
    if (!viewer.scopes.has(manageScope)) return 'none' as const
    const apiKeyId = ownKeyId(viewer)
    return apiKeyId === undefined ? ('all' as const) : ofOwn(apiKeyId)
  }
  return {
    Webhook: { rows: (viewer) => ofKey(viewer, (apiKeyId) => ({ apiKeyId })) },
    WebhookDelivery: {
      rows: (viewer) => ofKey(viewer, (apiKeyId) => ({ webhook: { apiKeyId } })),
      implies: ['webhook'],
    },
    WebhookAttempt: {
      rows: (viewer) => ofKey(viewer, (apiKeyId) => ({ delivery: { webhook: { apiKeyId } } })),
      implies: ['delivery'],
    },
  }
}

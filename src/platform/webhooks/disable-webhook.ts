import { z } from 'zod'
import type { Viewer } from '../auth/viewer.ts'
import type { Transaction } from '../database/transaction.ts'
import { Outbox } from '../events/outbox.ts'
import { idOf } from '../events/payload.ts'
import { encodeId } from '../graphql/ids.ts'

/** The server itself, as the actor of events. */
const server: Viewer = { kind: 'server', id: undefined, subject: undefined, roles: [], scopes: new Set() }

export const webhookDisabled = {
  name: 'webhook.disabled',
  about: 'The server disabled a webhook.',
  version: 1,
  aggregate: 'Webhook',
  owner: 'ApiKey',
  payload: z.object({
    webhookId: idOf('Webhook'),
    reason: z.enum(['GONE', 'KEY_ENDED']).describe('The receiver responded with 410, or its API key has ended.'),
  }),
} as const

const owned = z.array(z.object({ apiKeyId: z.string() })).max(1)

/** Disables a webhook and tells so. One that is disabled already stays as it is. */
export async function disableWebhook(tx: Transaction, id: string, reason: 'GONE' | 'KEY_ENDED'): Promise<void> {
  const [disabled] = owned.parse(
    await tx.$queryRaw`
    update platform.pf_webhook set disabled_ts = now(), disabled_cd = ${reason}::platform.pf_webhook_reason_t
    where uid = ${id}::uuid and disabled_ts is null returning key_uid as "apiKeyId"`,
  )
  if (!disabled) return
  const outbox = new Outbox()
  outbox.emit(webhookDisabled, {
    id,
    owner: disabled.apiKeyId,
    payload: { webhookId: encodeId('Webhook', id), reason },
  })
  const written = outbox.written(server)
  if (written) await tx.$executeRaw(written)
}

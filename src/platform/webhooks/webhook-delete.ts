import { scope } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Mutation, MutationWork } from '../mutations/define-mutations.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { WebhookOptions } from './webhook.ts'
import { lockWebhook } from './webhook-checks.ts'
import { webhookInput } from './webhook-input.ts'

export function defineWebhookDelete<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, subGraphs }: WebhookOptions,
): void {
  const WebhookDeleteInput = webhookInput('WebhookDeleteInput', 'A webhook to delete.')

  builder.mutationField('webhookDelete', (t) =>
    t.field(
      mutation({
        name: 'webhookDelete',
        description: 'Deletes a webhook with the history of its deliveries. `webhook` is null, since it is gone.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookDeleteInput,
        idempotencyKey: 'optional',
        changes: { webhook: 'Webhook' },
        run: async ({ webhookId }, work: MutationWork<CommonCode>) => {
          const { id, apiKeyId } = await lockWebhook(webhookId, work)
          await work.tx.webhook.deleteMany({ where: { id } })
          work.emit(told.deleted, { id, owner: apiKeyId, payload: { webhookId: encodeId('Webhook', id) } })
          return { webhook: id }
        },
      }),
    ),
  )
}

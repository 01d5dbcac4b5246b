import { scope } from '../auth/rule.ts'
import { uuidV7 } from '../database/uuid-v7.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Mutation, MutationWork } from '../mutations/define-mutations.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import { testTopic } from './message.ts'
import type { WebhookOptions } from './webhook.ts'
import { lockWebhook } from './webhook-checks.ts'
import { webhookInput } from './webhook-input.ts'

export function defineWebhookTest<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, subGraphs }: WebhookOptions,
): void {
  const WebhookTestInput = webhookInput('WebhookTestInput', 'A webhook to test.')

  builder.mutationField('webhookTest', (t) =>
    t.field(
      mutation({
        name: 'webhookTest',
        description:
          `Sends one signed message of the type \`${testTopic}\`, without a retry, also while the webhook is paused. The ` +
          'delivery shows how it ended.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookTestInput,
        idempotencyKey: 'optional',
        changes: { delivery: 'WebhookDelivery', webhook: 'Webhook' },
        run: async ({ webhookId }, work: MutationWork<CommonCode>) => {
          const { id, apiKeyId, isEnabled } = await lockWebhook(webhookId, work)
          if (!isEnabled) work.errors.refuse('WEBHOOK_DISABLED', ['webhookId'])
          const delivery = { id: uuidV7(), webhookId: id, topic: testTopic, aggregateType: 'Webhook', aggregateKey: id }
          await work.tx.webhookDelivery.create({ data: delivery, select: { id: true } })
          work.emit(told.tested, { id, owner: apiKeyId, payload: { webhookId: encodeId('Webhook', id) } })
          return { delivery: delivery.id, webhook: id }
        },
      }),
    ),
  )
}

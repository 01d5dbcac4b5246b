import { scope } from '../auth/rule.ts'
import { startFrom } from '../events/changes.ts'
import { builder } from '../graphql/builder.ts'
import { decodeIds, encodeId } from '../graphql/ids.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import { askAgain } from './deliveries.ts'
import type { WebhookOptions } from './webhook.ts'
import { lockWebhook } from './webhook-checks.ts'

export function defineWebhookReplay<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, subGraphs }: WebhookOptions,
): void {
  const WebhookReplayInput = builder.inputType('WebhookReplayInput', {
    description: 'What to send again.',
    fields: (t) => ({
      webhookId: t.id({ required: true, description: 'The webhook.' }),
      deliveryIds: t.idList({ description: 'Only these deliveries, at most 100, of those that failed.' }),
      allAfter: t.string({
        description:
          'Every event behind this position, whether it was delivered or not: a position that the receiver has kept. ' +
          'Without it only what failed is sent.',
      }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof WebhookReplayInput.$inferInput

  builder.mutationField('webhookReplay', (t) =>
    t.field(
      mutation({
        name: 'webhookReplay',
        description:
          'Sends again what failed, oldest first and under the same ids. With `allAfter` it sends every event behind a position.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookReplayInput,
        idempotencyKey: 'optional',
        changes: { webhook: 'Webhook' },
        prepare: async ({ allAfter, deliveryIds }: Input, { context, errors }: Preparation<CommonCode>) => {
          if (allAfter != null && deliveryIds != null) errors.refuse('EVENTS_REQUIRED', ['allAfter'], bothNamed)
          return {
            position: allAfter == null ? undefined : (await startFrom(allAfter, context)).position,
            ids: deliveryIds == null ? undefined : decodeIds('WebhookDelivery', deliveryIds),
          }
        },
        run: async ({ webhookId }, work: MutationWork<CommonCode>, { position, ids }) => {
          const { id, apiKeyId, isEnabled } = await lockWebhook(webhookId, work)
          if (!isEnabled) work.errors.refuse('WEBHOOK_DISABLED', ['webhookId'])
          if (position === undefined) await askAgain(work.tx, id, ids)
          else await setBack(work, id, position)
          work.emit(told.replayed, { id, owner: apiKeyId, payload: { webhookId: encodeId('Webhook', id) } })
          return { webhook: id }
        },
      }),
    ),
  )
}

const bothNamed = 'Name either deliveries or a position.'

/** The next turn of the feed takes the events behind the position once more. */
async function setBack({ tx }: MutationWork<CommonCode>, id: string, position: number) {
  await tx.$executeRaw`
    update platform.pf_webhook set taken_pos = least(taken_pos, ${position}::bigint) where uid = ${id}::uuid`
}

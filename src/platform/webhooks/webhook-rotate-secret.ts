import { scope } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import { newSecret } from './signature.ts'
import type { WebhookOptions } from './webhook.ts'
import { keyViewerFor, lockWebhook, managedWebhook, requireSealer } from './webhook-checks.ts'
import { webhookInput } from './webhook-input.ts'

const overlapHours = 24

export function defineWebhookRotateSecret<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, subGraphs }: WebhookOptions,
): void {
  const WebhookRotateSecretInput = webhookInput('WebhookRotateSecretInput', 'A webhook to give a new secret.')
  type Input = typeof WebhookRotateSecretInput.$inferInput

  builder.mutationField('webhookRotateSecret', (t) =>
    t.field(
      mutation({
        name: 'webhookRotateSecret',
        description:
          `Gives a webhook a new secret. For ${overlapHours} hours messages are signed with the new and the previous one, so ` +
          'that the receiver can change over.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookRotateSecretInput,
        idempotencyKey: 'optional',
        changes: { webhook: 'Webhook' },
        shownOnce: { secret: 'The new secret. Null when there are user errors, and to a retry.' },
        prepare: async ({ webhookId }: Input, preparation: Preparation<CommonCode>) => {
          // The holder of the secret can sign messages of the API key.
          const { apiKeyId } = await managedWebhook(webhookId, preparation)
          await keyViewerFor(apiKeyId, ['webhookId'], preparation)
          const secret = newSecret()
          return { secret, sealed: requireSealer(preparation).seal(secret) }
        },
        run: async ({ webhookId }, work: MutationWork<CommonCode>, { secret, sealed }) => {
          const { id, apiKeyId } = await lockWebhook(webhookId, work)
          await work.tx.$executeRaw`
            update platform.pf_webhook
            set prev_secret_enc = secret_enc, prev_until_ts = now() + make_interval(hours => ${overlapHours}),
                secret_enc = ${sealed}::bytea
            where uid = ${id}::uuid`
          work.emit(told.secretRotated, { id, owner: apiKeyId, payload: { webhookId: encodeId('Webhook', id) } })
          work.show('secret', secret)
          return { webhook: id }
        },
      }),
    ),
  )
}

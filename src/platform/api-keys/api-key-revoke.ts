import { scope } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId, parseId } from '../graphql/ids.ts'
import type { Mutation, MutationWork } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { ApiKeyOptions } from './api-key.ts'
import type { ApiKeyTopics } from './api-key-events.ts'

const ApiKeyRevokeInput = builder.inputType('ApiKeyRevokeInput', {
  description: 'The key to stop.',
  fields: (t) => ({
    apiKeyId: t.id({ required: true, description: 'The key.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

export function defineApiKeyRevoke<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope }: ApiKeyOptions,
  { revoked }: ApiKeyTopics,
): void {
  builder.mutationField('apiKeyRevoke', (t) =>
    t.field(
      mutation({
        name: 'apiKeyRevoke',
        description:
          'Stops a key for good, on every server within a second. One that was revoked before stays as it is.',
        auth: scope(manageScope),
        input: ApiKeyRevokeInput,
        idempotencyKey: 'optional',
        changes: { apiKey: 'ApiKey' },
        run: (input, scope) => revokeApiKey(input, scope, revoked),
      }),
    ),
  )
}

async function revokeApiKey(
  { apiKeyId }: typeof ApiKeyRevokeInput.$inferInput,
  { tx, now, errors, emit }: MutationWork<CommonCode>,
  topic: ApiKeyTopics['revoked'],
) {
  const id = parseId('ApiKey', apiKeyId)
  if (id === undefined) return errors.refuse('API_KEY_UNKNOWN', ['apiKeyId'])
  const { count } = await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: now } })
  if (count > 0) {
    emit(topic, { id, payload: { apiKeyId: encodeId('ApiKey', id) } })
    return { apiKey: id }
  }
  const revoked = await tx.apiKey.findUnique({ where: { id }, select: { id: true } })
  if (!revoked) return errors.refuse('API_KEY_UNKNOWN', ['apiKeyId'])
  return { apiKey: id }
}

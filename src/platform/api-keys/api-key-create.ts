import { scope } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Mutation, MutationWork } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import { requiredText } from '../mutations/text-input.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { ApiKeyOptions } from './api-key.ts'
import type { ApiKeyTopics } from './api-key-events.ts'
import { hashOf, hintOf, newSecret } from './secret.ts'

const nameLimits = { max: 100 }
/** A year, also a leap year: a forgotten key expires. */
const maxLifetimeDays = 366
const maxLifetimeMs = maxLifetimeDays * 86_400_000

const ApiKeyCreateInput = builder.inputType('ApiKeyCreateInput', {
  description: 'A key to make for a program of a partner.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for: at most 100 characters.' }),
    scopes: t.stringList({
      required: true,
      description: 'What it may do, of what its maker may do, but not the making of keys.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      required: true,
      description: `When it stops by itself: at most ${maxLifetimeDays} days from now.`,
    }),
    idempotencyKey: t.string({
      description: `${idempotencyKeyField.optional} A retry does not show the secret again: revoke a key whose secret was lost, and make another.`,
    }),
  }),
})

type CreateInput = typeof ApiKeyCreateInput.$inferInput

export function defineApiKeyCreate<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, scopes }: ApiKeyOptions,
  { created }: ApiKeyTopics,
): void {
  const declared = new Set(Object.keys(scopes))
  builder.mutationField('apiKeyCreate', (t) =>
    t.field(
      mutation({
        name: 'apiKeyCreate',
        description:
          'Makes a key for a program of a partner. Its secret is in this answer, and never again in another.',
        auth: scope(manageScope),
        input: ApiKeyCreateInput,
        idempotencyKey: 'optional',
        changes: { apiKey: 'ApiKey' },
        shownOnce: {
          secret:
            'What the program sends as `Authorization: Bearer <secret>`. Null when there are user errors, and to a retry.',
        },
        run: (input, scope) => createApiKey(input, scope, { declared, manageScope, created }),
      }),
    ),
  )
}

interface Setting {
  declared: ReadonlySet<string>
  manageScope: string
  created: ApiKeyTopics['created']
}

async function createApiKey(
  input: CreateInput,
  { tx, viewer, now, errors, emit, show }: MutationWork<CommonCode>,
  { declared, manageScope, created }: Setting,
) {
  const name = requiredText(errors, input.name, ['name'], nameLimits)
  const lifetime = input.expiresAt.getTime() - now.getTime()
  if (lifetime <= 0 || lifetime > maxLifetimeMs) {
    errors.add('INVALID_EXPIRY', ['expiresAt'], `It must be in the future, and at most ${maxLifetimeDays} days away.`)
  }
  for (const [index, requested] of input.scopes.entries()) {
    if (!declared.has(requested)) errors.add('SCOPE_UNKNOWN', ['scopes', index])
    // A key that could make keys would live on in them after its revocation.
    else if (requested === manageScope || !viewer.scopes.has(requested))
      errors.add('SCOPE_NOT_GRANTABLE', ['scopes', index])
  }
  errors.refuseIfAny()

  const secret = newSecret()
  const scopes = [...new Set(input.scopes)].sort()
  const { id } = await tx.apiKey.create({
    data: {
      name,
      scopes,
      expiresAt: input.expiresAt,
      secretHash: hashOf(secret),
      hint: hintOf(secret),
      creatorKind: viewer.kind,
      creatorId: viewer.id ?? null,
      createdAt: now,
    },
    select: { id: true },
  })
  const expiresAt = input.expiresAt.toISOString()
  emit(created, { id, payload: { apiKeyId: encodeId('ApiKey', id), name, scopes, expiresAt } })
  show('secret', secret)
  return { apiKey: id }
}

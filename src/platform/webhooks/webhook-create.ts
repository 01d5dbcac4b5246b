import { ownKeyId } from '../api-keys/api-key.ts'
import { scope } from '../auth/rule.ts'
import { jsonObject } from '../database/json-object.ts'
import { filterJson } from '../events/event-filter.ts'
import { backOfficeOnly } from '../graphql/audiences.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId, parseId } from '../graphql/ids.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import { requiredText } from '../mutations/text-input.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import { newSecret } from './signature.ts'
import type { WebhookOptions } from './webhook.ts'
import { checkUrl, filterOf, keyViewerFor, lastPosition, nameLimits, requireSealer } from './webhook-checks.ts'

const mostWebhooks = 20

export function defineWebhookCreate<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, events, subGraphs }: WebhookOptions,
): void {
  const WebhookCreateInput = builder.inputType('WebhookCreateInput', {
    description: 'A webhook to make. It is sent what happens from now on.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'What it is for: at most 100 characters.' }),
      url: t.string({ required: true, description: 'Where to send messages: an https URL with a public address.' }),
      apiKeyId: t.id({
        description: 'The API key whose rights are used. An API key uses its own and may leave it out; staff must say.',
      }),
      topics: t.field({ type: [events.EventTopic], description: 'Send the events of these topics.' }),
      document: t.string({
        subGraphs: backOfficeOnly,
        description: 'Send the results of this subscription, in place of topics: `data` of a message is its `data`.',
      }),
      variables: t.field({
        type: 'JSONObject',
        subGraphs: backOfficeOnly,
        description: 'The variables of the document.',
      }),
      isOrdered: t.boolean({
        required: true,
        defaultValue: false,
        description: 'Send the events of one object one after the other: a failed message holds up those behind it.',
      }),
      idempotencyKey: t.string({
        description: `${idempotencyKeyField.optional} A retry does not show the secret again.`,
      }),
    }),
  })
  type Input = typeof WebhookCreateInput.$inferInput

  builder.mutationField('webhookCreate', (t) =>
    t.field(
      mutation({
        name: 'webhookCreate',
        description:
          'Makes a webhook, by Standard Webhooks 1.0. The secret that signs its messages is in this answer, and never again ' +
          'in another.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookCreateInput,
        idempotencyKey: 'optional',
        changes: { webhook: 'Webhook' },
        shownOnce: {
          secret:
            'The secret by which the receiver verifies messages: `whsec_…`. Null when there are user errors, and to a retry.',
        },
        prepare,
        run: create,
      }),
    ),
  )

  async function prepare(input: Input, preparation: Preparation<CommonCode>) {
    const { errors, context } = preparation
    const sealer = requireSealer(preparation)
    const apiKeyId = keyOf(input.apiKeyId, preparation)
    const viewer = await keyViewerFor(apiKeyId, ['apiKeyId'], preparation)
    const name = requiredText(errors, input.name, ['name'], nameLimits)
    await checkUrl(input.url, preparation)
    const filter = await filterOf(input, viewer, events.topics, preparation)
    errors.refuseIfAny()
    // What has happened before gets its positions first: the webhook begins behind them.
    await context.feed.caughtUp()
    const secret = newSecret()
    return { apiKeyId, name, filter: filterJson(filter ?? {}), secret, sealed: sealer.seal(secret) }
  }

  async function create(
    input: Input,
    { tx, now, errors, emit, show }: MutationWork<CommonCode>,
    { apiKeyId, name, filter, secret, sealed }: Awaited<ReturnType<typeof prepare>>,
  ) {
    // Webhooks of one key are made one after the other, so that none is beyond the limit.
    await tx.$queryRaw`select from platform.pf_api_key where uid = ${apiKeyId}::uuid for no key update`
    if ((await tx.webhook.count({ where: { apiKeyId } })) >= mostWebhooks) errors.refuse('TOO_MANY_WEBHOOKS', [])
    const { id } = await tx.webhook.create({
      data: {
        apiKeyId,
        name,
        url: input.url,
        topics: [...(input.topics ?? [])],
        document: input.document ?? null,
        ...(input.variables && { variables: jsonObject.parse(input.variables) }),
        filter,
        isOrdered: input.isOrdered,
        secret: sealed,
        position: BigInt(await lastPosition(tx)),
        createdAt: now,
      },
      select: { id: true },
    })
    emit(told.created, {
      id,
      owner: apiKeyId,
      payload: { webhookId: encodeId('Webhook', id), apiKeyId: encodeId('ApiKey', apiKeyId) },
    })
    show('secret', secret)
    return { webhook: id }
  }
}

/** The UUID of the API key that a webhook is made for. An API key can name only itself. */
function keyOf(named: string | null | undefined, { context, errors }: Preparation<CommonCode>): string {
  const own = ownKeyId(context.viewer)
  if (named == null) return own ?? errors.refuse('API_KEY_REQUIRED', ['apiKeyId'])
  const id = parseId('ApiKey', named)
  if (id === undefined || (own !== undefined && own !== id)) return errors.refuse('API_KEY_UNKNOWN', ['apiKeyId'])
  return id
}

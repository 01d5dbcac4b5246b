import { scope } from '../auth/rule.ts'
import { jsonObject } from '../database/json-object.ts'
import { filterJson } from '../events/event-filter.ts'
import { backOfficeOnly } from '../graphql/audiences.ts'
import { builder } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import { effectiveChanges, namedText, namedValue, namesNothing } from '../mutations/changes.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { WebhookOptions } from './webhook.ts'
import { checkUrl, filterOf, keyViewerFor, lockWebhook, managedWebhook, nameLimits } from './webhook-checks.ts'

export function defineWebhookUpdate<Code extends string>(
  mutation: Mutation<Code>,
  { manageScope, told, events, subGraphs }: WebhookOptions,
): void {
  const WebhookUpdateInput = builder.inputType('WebhookUpdateInput', {
    description: 'What to change about a webhook; what is left out stays as it is.',
    fields: (t) => ({
      webhookId: t.id({ required: true, description: 'The webhook.' }),
      version: t.int({ required: true, description: 'The version that was seen.' }),
      name: t.string({ description: 'What it is for: at most 100 characters.' }),
      url: t.string({ description: 'Where to send messages: an https URL with a public address.' }),
      topics: t.field({ type: [events.EventTopic], description: 'Send the events of these topics, and no others.' }),
      document: t.string({
        subGraphs: backOfficeOnly,
        description: 'Send the results of this subscription, in place of topics.',
      }),
      variables: t.field({
        type: 'JSONObject',
        subGraphs: backOfficeOnly,
        description: 'The variables of the document that comes with them.',
      }),
      isOrdered: t.boolean({ description: 'Send the events of one object one after the other.' }),
      isEnabled: t.boolean({
        description: 'Send, or do not. What happens meanwhile is sent once it is enabled again, as far as it is kept.',
      }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof WebhookUpdateInput.$inferInput

  builder.mutationField('webhookUpdate', (t) =>
    t.field(
      mutation({
        name: 'webhookUpdate',
        description: 'Changes a webhook, enables or disables it.',
        auth: scope(manageScope),
        ...(subGraphs && { subGraphs }),
        input: WebhookUpdateInput,
        idempotencyKey: 'optional',
        changes: { webhook: 'Webhook' },
        prepare,
        run: update,
      }),
    ),
  )

  async function prepare(input: Input, preparation: Preparation<CommonCode>) {
    const { errors } = preparation
    const { apiKeyId } = await managedWebhook(input.webhookId, preparation)
    // To disable one, no rights are needed: its key may have ended.
    if (isOnlyDisabling(input)) return { choice: undefined }
    const viewer = await keyViewerFor(apiKeyId, ['webhookId'], preparation)
    if (input.url != null) await checkUrl(input.url, preparation)
    const { topics, document, variables } = input
    const isChosen = topics != null || document != null || variables != null
    const filter = isChosen ? await filterOf(input, viewer, events.topics, preparation) : undefined
    errors.refuseIfAny()
    return {
      choice: filter && {
        topics: [...(topics ?? [])],
        document: document ?? null,
        variables: variables ? jsonObject.parse(variables) : null,
        filter: filterJson(filter),
      },
    }
  }

  async function update(input: Input, work: MutationWork<CommonCode>, { choice }: Awaited<ReturnType<typeof prepare>>) {
    const { tx, now, errors, emit } = work
    const named = {
      name: namedText(errors, input.name, ['name'], nameLimits),
      url: namedValue(errors, input.url, ['url']),
      isOrdered: namedValue(errors, input.isOrdered, ['isOrdered']),
      isEnabled: namedValue(errors, input.isEnabled, ['isEnabled']),
    }
    errors.refuseIfAny()
    if (namesNothing(named) && !choice) errors.refuse('NOTHING_TO_DO', [])
    const webhook = await lockWebhook(input.webhookId, work)
    const { id, apiKeyId } = webhook
    if (webhook.version !== input.version) errors.refuseWith({ webhook: id }, 'CONFLICT', ['version'])
    const changes = effectiveChanges(named, webhook)
    if (namesNothing(changes) && !choice) return { webhook: id }
    const { isEnabled, ...columns } = changes
    await tx.webhook.update({
      where: { id },
      data: {
        ...columns,
        ...choice,
        ...(isEnabled === true && { disabledAt: null, disabledReason: null }),
        ...(isEnabled === false && { disabledAt: now, disabledReason: 'BY_REQUEST' as const }),
        // What is known of the receiver counts no more.
        failures: 0,
        pausedUntil: null,
        version: { increment: 1 },
      },
    })
    const changed = [...Object.keys(changes), ...(choice ? [choice.document === null ? 'topics' : 'document'] : [])]
    emit(told.updated, { id, owner: apiKeyId, payload: { webhookId: encodeId('Webhook', id), changed } })
    return { webhook: id }
  }
}

function isOnlyDisabling({
  webhookId: _id,
  version: _version,
  idempotencyKey: _key,
  isEnabled,
  ...rest
}: object & {
  webhookId: unknown
  version: unknown
  idempotencyKey?: unknown
  isEnabled?: unknown
}): boolean {
  return isEnabled === false && Object.values(rest).every((value) => value == null)
}

import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { ownKeyId } from '../api-keys/api-key.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context, EventFilter } from '../context.ts'
import type { Transaction } from '../database/transaction.ts'
import type { Topic } from '../events/topic.ts'
import { parseId } from '../graphql/ids.ts'
import type { MutationWork, Preparation } from '../mutations/define-mutations.ts'
import type { CommonCode } from '../mutations/user-errors.ts'

type Preparing = Preparation<CommonCode>
type Errors = Preparing['errors']

/** Which events a webhook is sent: topics, or a subscription document. */
interface EventChoice {
  topics?: readonly string[] | null | undefined
  document?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
}

const longestUrl = 2000
export const nameLimits = { max: 100 }

export async function checkUrl(url: string, { context, errors }: Preparing): Promise<void> {
  if (url.length > longestUrl) return errors.add('TOO_LONG', ['url'], `At most ${longestUrl} characters.`)
  const refusal = await context.webhooks.urlRefusal(url)
  if (refusal !== undefined) errors.add('URL_REFUSED', ['url'], refusal)
}

/** The filter of the events, for the viewer of the API key. Undefined where there are errors. */
export async function filterOf(
  { topics, document, variables }: EventChoice,
  viewer: Viewer,
  told: readonly Topic[],
  { context, errors }: Preparing,
): Promise<EventFilter | undefined> {
  const hasTopics = topics != null && topics.length > 0
  if (hasTopics === (document != null)) {
    errors.add('EVENTS_REQUIRED', ['topics'])
    return undefined
  }
  if (hasTopics) return topicFilter(topics, viewer, told, errors)
  const filter = await context.webhooks.filterOf({ viewer, document: document ?? '', variables: variables ?? {} })
  if (!('refusal' in filter)) return filter
  errors.add('DOCUMENT_REFUSED', ['document'], filter.refusal)
  return undefined
}

function topicFilter(
  topics: readonly string[],
  viewer: Viewer,
  told: readonly Topic[],
  errors: Errors,
): EventFilter | undefined {
  const visible = new Set(told.filter(({ seenBy }) => seenBy.allows(viewer)).map(({ name }) => name))
  const hidden = topics.flatMap((topic, index) => (visible.has(topic) ? [] : [index]))
  for (const index of hidden) errors.add('TOPIC_NOT_VISIBLE', ['topics', index])
  return hidden.length > 0 ? undefined : { topics: [...new Set(topics)] }
}

/**
 * The viewer of an API key, as far as the caller may use its rights: an API key may use its own, staff those of a key that
 * may do no more than they may. Ends the mutation where there is none.
 */
export async function keyViewerFor(
  apiKeyId: string,
  path: readonly string[],
  { context: { viewer, webhooks }, errors }: Preparing,
): Promise<Viewer> {
  const ofKey = await webhooks.viewerOf(apiKeyId)
  if (!ofKey) return errors.refuse('API_KEY_UNKNOWN', path)
  if (![...ofKey.scopes].every((scope) => viewer.scopes.has(scope))) errors.refuse('API_KEY_TOO_POWERFUL', path)
  return ofKey
}

/** The UUID of a webhook that the viewer manages, with its key. Ends the mutation where there is none. */
export async function managedWebhook(id: string, { context: { db }, errors }: Preparing) {
  const uuid = parseId('Webhook', id)
  const found =
    uuid === undefined
      ? null
      : await db.webhook.findUnique({ where: { id: uuid }, select: { id: true, apiKeyId: true } })
  return found ?? errors.refuse('WEBHOOK_UNKNOWN', ['webhookId'])
}

const locked = z.array(
  z.object({
    id: z.string(),
    apiKeyId: z.string(),
    name: z.string(),
    url: z.string(),
    isOrdered: z.boolean(),
    isEnabled: z.boolean(),
    version: z.number(),
  }),
)

/** Locks a webhook that the viewer manages. Ends the mutation where there is none. */
export async function lockWebhook(id: string, { tx, viewer, errors }: MutationWork<CommonCode>) {
  const uuid = parseId('Webhook', id)
  const own = ownKeyId(viewer)
  const [webhook] = locked.parse(
    uuid === undefined
      ? []
      : await tx.$queryRaw`
          select uid as "id", key_uid as "apiKeyId", hook_nm as "name", hook_url as "url", ordered_flg as "isOrdered",
                 disabled_ts is null as "isEnabled", row_ver as "version"
          from platform.pf_webhook
          where uid = ${uuid}::uuid ${own === undefined ? Prisma.empty : Prisma.sql`and key_uid = ${own}::uuid`}
          for no key update`,
  )
  return webhook ?? errors.refuse('WEBHOOK_UNKNOWN', ['webhookId'])
}

/** The end of the feed: a new webhook begins there. */
export async function lastPosition(tx: Transaction): Promise<number> {
  const [{ position }] = z
    .tuple([z.object({ position: z.coerce.number() })])
    .parse(await tx.$queryRaw`select last_pos as "position" from platform.pf_feed`)
  return position
}

/** Of the context: the key to encrypt secrets with. Ends the mutation where the server has none. */
export function requireSealer({
  context: { webhooks },
  errors,
}: Preparing): NonNullable<Context['webhooks']['sealer']> {
  return webhooks.sealer ?? errors.refuse('WEBHOOKS_NOT_AVAILABLE', [])
}

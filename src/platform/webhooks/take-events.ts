import { z } from 'zod'
import type { Viewer } from '../auth/viewer.ts'
import type { FeedEvent } from '../context.ts'
import type { Transaction } from '../database/transaction.ts'
import { matcherOf, storedFilter } from '../events/event-filter.ts'
import type { EventPolicy } from '../events/event-policy.ts'
import { type FeedLane, feedBatchSize } from '../events/feed-consumer.ts'
import { addDeliveries, type OwnKey, ownKey, ownKeyColumn } from './deliveries.ts'

const enabled = z.array(
  z.object({
    id: z.string(),
    position: z.coerce.number(),
    filter: storedFilter,
    key: ownKey,
  }),
)
type Enabled = z.infer<typeof enabled>[number]

interface TurnParts {
  policy: EventPolicy
  viewerOf: (key: OwnKey) => Viewer
  /** Enqueues a visit in the same transaction. */
  enqueue: (webhookId: string, tx: Transaction) => Promise<void>
}

/**
 * A turn of all enabled webhooks. Those that are far behind the others, because they were enabled again or their events are
 * replayed, have a lane of their own. No lane where no webhook is enabled.
 */
export async function beginTurn(tx: Transaction, parts: TurnParts): Promise<FeedLane[]> {
  // The rows are locked so that a replay cannot set a position back while this turn sets it forward.
  const webhooks = enabled.parse(
    await tx.$queryRaw`
      select w.uid as "id", w.taken_pos as "position", w.filter_doc as "filter",
             ${ownKeyColumn}
      from platform.pf_webhook w join platform.pf_api_key k on k.uid = w.key_uid
      where w.disabled_ts is null order by w.uid for no key update of w`,
  )
  const foremost = Math.max(...webhooks.map(({ position }) => position))
  const lanes = Map.groupBy(webhooks, ({ position }) => foremost - position > feedBatchSize)
  return [...lanes.values()].map((lane) => laneOf(lane, tx, parts))
}

function laneOf(webhooks: readonly Enabled[], tx: Transaction, parts: TurnParts): FeedLane {
  return {
    position: Math.min(...webhooks.map(({ position }) => position)),
    take: async (events, last) => {
      const wanted = webhooks.map((webhook) => ({ webhook, events: wantedBy(webhook, events, parts) }))
      await addDeliveries(
        tx,
        wanted.flatMap(({ webhook, events }) => events.map((event) => ({ webhookId: webhook.id, event }))),
      )
      for (const { webhook, events: own } of wanted) {
        if (own.length > 0 || events.some((event) => concerns(webhook, event))) await parts.enqueue(webhook.id, tx)
      }
      await tx.$executeRaw`
        update platform.pf_webhook set taken_pos = ${last}
        where uid = any(${webhooks.map(({ id }) => id)}::uuid[]) and taken_pos < ${last}`
    },
  }
}

function wantedBy({ key, filter, position }: Enabled, events: readonly FeedEvent[], parts: TurnParts): FeedEvent[] {
  const viewer = parts.viewerOf(key)
  const matches = matcherOf(filter)
  return events.filter((event) => event.position > position && matches(event) && parts.policy.sees(viewer, event))
}

/** A test, a replay or the end of its key is told as an event, and a visit follows it. */
function concerns({ id, key }: Enabled, { aggregateType, aggregateKey }: FeedEvent): boolean {
  if (aggregateType === 'Webhook') return aggregateKey === id
  return aggregateType === 'ApiKey' && aggregateKey === key.id
}

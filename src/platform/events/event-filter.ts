import type { Prisma } from '../../generated/prisma/client.ts'
import type { FeedEvent } from '../context.ts'
import type { Model } from '../database/data-model.ts'

/** Which events; all conditions must hold. A condition that is null or undefined holds for every event. */
export interface EventFilter {
  topics?: readonly string[] | null | undefined
  /** Rows that they happened to, by model and keys; without keys, every row of the model. */
  aggregate?: { type: Model; keys?: readonly string[] | null | undefined } | undefined
  /** Rows that own them. */
  owner?: { type: Model; keys: readonly string[] } | undefined
}

/** The condition for stored events. */
export function whereOf({ topics, aggregate, owner }: EventFilter): Prisma.DomainEventWhereInput {
  return {
    ...(topics && { topic: { in: [...topics] } }),
    ...(aggregate && { aggregateType: aggregate.type }),
    ...(aggregate?.keys && { aggregateKey: { in: [...aggregate.keys] } }),
    ...(owner && { ownerType: owner.type, ownerKey: { in: [...owner.keys] } }),
  }
}

/** The same condition for events in memory. */
export function matcherOf({ topics, aggregate, owner }: EventFilter): (event: FeedEvent) => boolean {
  const ofTopics = topics && new Set(topics)
  const ofKeys = aggregate?.keys && new Set(aggregate.keys)
  const ofOwners = owner && new Set(owner.keys)
  return ({ topic, aggregateType, aggregateKey, ownerType, ownerKey }) => {
    if (ofTopics && !ofTopics.has(topic)) return false
    if (aggregate && aggregate.type !== aggregateType) return false
    if (ofKeys && !ofKeys.has(aggregateKey)) return false
    return !ofOwners || (ownerType === owner.type && ownerKey !== null && ofOwners.has(ownerKey))
  }
}

import { z } from 'zod'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { EventFilter, FeedEvent } from '../context.ts'
import { isModel } from '../database/data-model.ts'

const model = z.string().refine(isModel)

/** Reads a filter from JSON. */
export const storedFilter: z.ZodType<EventFilter> = z.object({
  topics: z.array(z.string()).nullish(),
  aggregate: z.object({ type: model, keys: z.array(z.string()).nullish() }).optional(),
  owner: z.object({ type: model, keys: z.array(z.string()) }).optional(),
})

/** The same filter as JSON. */
export function filterJson({ topics, aggregate, owner }: EventFilter): Prisma.JsonObject {
  return {
    ...(topics && { topics: [...topics] }),
    ...(aggregate && { aggregate: { type: aggregate.type, keys: aggregate.keys ? [...aggregate.keys] : null } }),
    ...(owner && { owner: { type: owner.type, keys: [...owner.keys] } }),
  }
}

/** The condition for stored events. */
export function whereOf({ topics, aggregate, owner }: EventFilter): Prisma.PlacedEventWhereInput {
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

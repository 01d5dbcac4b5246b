import { z } from 'zod'
import type { FeedEvent } from '../context.ts'

// The driver returns bigint as text. A feed has fewer than 2^53 events.
const event: z.ZodType<FeedEvent> = z.object({
  position: z.coerce.number(),
  id: z.string(),
  topic: z.string(),
  version: z.number(),
  aggregateType: z.string(),
  aggregateKey: z.string(),
  ownerType: z.string().nullable(),
  ownerKey: z.string().nullable(),
  sequence: z.number(),
  actorKind: z.string(),
  occurredAt: z.date(),
  payload: z.record(z.string(), z.unknown()),
})

/** The columns of the outbox by the names of their fields, for statements in SQL. */
export const eventColumns = `
  feed_pos as "position", uid as "id", topic_nm as "topic", doc_ver as "version", agg_type as "aggregateType",
  agg_key as "aggregateKey", owner_type as "ownerType", owner_key as "ownerKey", agg_seq as "sequence",
  actor_kind as "actorKind", occurred_ts as "occurredAt", event_doc as "payload"`

/** The rows of the outbox, by the names of their fields. */
export const feedEvents = z.array(event)

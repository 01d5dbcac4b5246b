import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import type { EventHead, FeedEvent } from '../context.ts'
import { encodeId, isSealed } from '../graphql/ids.ts'

// The driver returns bigint as text. A feed has fewer than 2^53 events.
const head = z.object({ position: z.coerce.number(), id: z.string(), topic: z.string(), aggregateType: z.string() })

const event: z.ZodType<FeedEvent> = head
  .extend({
    version: z.number(),
    aggregateKey: z.string(),
    ownerType: z.string().nullable(),
    ownerKey: z.string().nullable(),
    sequence: z.number(),
    actorKind: z.string(),
    occurredAt: z.date(),
    payload: z.record(z.string(), z.unknown()),
  })
  .transform(withSealedId)

/** The field of a captured event's payload that has the id of the row. */
export function idNameOf(model: string): string {
  return `${model.slice(0, 1).toLowerCase()}${model.slice(1)}Id`
}

/** A write in plain SQL was captured by the database, which cannot seal the key of the row. */
function withSealedId(event: FeedEvent): FeedEvent {
  const { actorKind, aggregateType, aggregateKey, payload } = event
  if (actorKind !== 'database' || !isSealed(aggregateType)) return event
  return { ...event, payload: { [idNameOf(aggregateType)]: encodeId(aggregateType, aggregateKey), ...payload } }
}

/** The columns of the heads of events by the names of their fields, for statements in SQL. */
export const headColumns = 'feed_pos as "position", uid as "id", topic_nm as "topic", agg_type as "aggregateType"'

/** The same for whole events. */
export const eventColumns = `
  ${headColumns}, doc_ver as "version", agg_key as "aggregateKey", owner_type as "ownerType", owner_key as "ownerKey", agg_seq as "sequence",
  actor_kind as "actorKind", occurred_ts as "occurredAt", event_doc as "payload"`

/** The rows of the feed, by the names of their fields. */
export const feedEvents = z.array(event)

export const eventHeads: z.ZodType<EventHead[]> = z.array(head)

/** The end of a statement in SQL: the rows of the feed at the positions that a query finds. */
export function eventsAt(positions: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    from (${positions}) as at(position)
    cross join lateral (
      select * from platform.pf_feed_run where last_pos >= at.position order by last_pos limit 1) run
    join platform.pf_feed_event on run_pos = run.last_pos and pos = run.first_written + (at.position - run.first_pos)`
}

/** The end of a statement in SQL: the rows of the feed behind a position, in order. `position` is SQL. */
export function eventsBehind(position: string): string {
  return `from platform.pf_feed_event where run_pos > ${position} and feed_pos > ${position} order by run_pos, pos`
}

import { Prisma } from '../../generated/prisma/client.ts'
import type { Viewer } from '../auth/viewer.ts'
import { uuidV7 } from '../database/uuid-v7.ts'

/** Values of an event's payload: public names and ids, amounts as strings. */
export type EventPayload = {
  readonly [name: string]: string | number | boolean | null | readonly (string | EventPayload)[]
}

export interface NewEvent {
  /** What happened, as a noun and a participle. */
  topic: string
  /**
   * The GraphQL type and the row it happened to. The mutation holds the row's lock, so the events of a row are in
   * sequence.
   */
  aggregate: { type: string; id: string }
  /** The row of the owner, by which the row policy decides; undefined for an event without an owner. */
  owner?: string
  payload: EventPayload
}

/** Collects the events of a mutation. */
export class EventLog {
  readonly #events: NewEvent[] = []

  add(event: NewEvent): void {
    this.#events.push(event)
  }

  /** The INSERT of all events; undefined without any. */
  written(viewer: Viewer): Prisma.Sql | undefined {
    if (this.#events.length === 0) return undefined
    const rows = this.#events.map(({ topic, aggregate, owner, payload }, index) => {
      return { uid: uuidV7(), index, topic, type: aggregate.type, id: aggregate.id, owner: owner ?? null, payload }
    })
    return Prisma.sql`
      insert into platform.pf_outbox (uid, topic_nm, agg_type, agg_uid, owner_uid, agg_seq, actor_kind, actor_id, event_doc)
      select e.uid, e.topic, e.type, e.id, e.owner,
             coalesce((select max(o.agg_seq) from platform.pf_outbox o where o.agg_uid = e.id), 0)
               + row_number() over (partition by e.id order by e.index),
             ${viewer.kind}, ${viewer.id ?? null}, e.payload
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(uid uuid, index int, topic text, type text, id uuid, owner uuid, payload jsonb)
      order by e.index`
  }
}

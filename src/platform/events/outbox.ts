import type { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import type { Viewer } from '../auth/viewer.ts'
import { type Key, keyText } from '../database/row-key.ts'
import { uuidV7 } from '../database/uuid-v7.ts'
import type { Topic } from './topic.ts'

interface NewEvent<Payload> {
  /**
   * The key of the row it happened to, or its text. The mutation holds the row's lock, so the events of a row are written in the
   * order in which they happened.
   */
  id: Key | string
  /** The key of the owner's row, or its text, for a topic whose events have one. */
  owner?: Key | string
  payload: Payload
}

type EmittedTopic<Payload extends z.ZodObject> = Omit<Topic<Payload>, 'seenBy'>

export type Emit = <Payload extends z.ZodObject>(
  topic: EmittedTopic<Payload>,
  event: NewEvent<z.input<Payload>>,
) => void

/** The events of a mutation, which its transaction writes. */
export class Outbox {
  readonly #events: { topic: Omit<Topic, 'payload' | 'seenBy'>; event: NewEvent<unknown> }[] = []

  readonly emit: Emit = (topic, event) => {
    this.#events.push({ topic, event })
  }

  /** Takes the events of another one, behind its own. */
  append(other: Outbox): void {
    this.#events.push(...other.#events)
  }

  /** The INSERT of all events; undefined without any. */
  written(viewer: Viewer): Prisma.Sql | undefined {
    if (this.#events.length === 0) return undefined
    const rows = this.#events.map(({ topic, event: { id, owner, payload } }, index) => ({
      uid: uuidV7(),
      index,
      topic: topic.name,
      version: topic.version,
      agg_type: topic.aggregate,
      agg_key: keyText(topic.aggregate, id),
      owner_type: owner === undefined ? null : (topic.owner ?? null),
      owner_key: owner === undefined || topic.owner === undefined ? null : keyText(topic.owner, owner),
      payload,
    }))
    return Prisma.sql`
      insert into platform.pf_outbox
        (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, actor_id, event_doc)
      select e.uid, e.topic, e.version, e.agg_type, e.agg_key, e.owner_type, e.owner_key,
             coalesce((select max(o.agg_seq) from platform.pf_outbox o
                       where o.agg_type = e.agg_type and o.agg_key = e.agg_key), 0)
               + row_number() over (partition by e.agg_type, e.agg_key order by e.index),
             ${viewer.kind}, ${viewer.id ?? null}, e.payload
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as e(uid uuid, index int, topic text, version int, agg_type text, agg_key text, owner_type text, owner_key text,
             payload jsonb)
      order by e.index`
  }
}

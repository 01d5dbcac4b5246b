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
    const events = this.#events
    if (events.length === 0) return undefined
    const keys = events.map(({ topic, event }) => keyText(topic.aggregate, event.id))
    const owners = events.map(({ topic: { owner: model }, event: { owner } }) =>
      owner === undefined || model === undefined ? undefined : { model, key: keyText(model, owner) },
    )
    const topics = events.map(({ topic }) => topic)
    return Prisma.sql`
      insert into platform.pf_outbox
        (uid, topic_nm, doc_ver, agg_type, agg_key, owner_type, owner_key, agg_seq, actor_kind, actor_id, event_doc)
      select e.uid, e.topic, e.version, e.agg_type, e.agg_key, e.owner_type, e.owner_key,
             e.nth + coalesce((select max(o.agg_seq) from platform.pf_outbox o
                               where o.agg_type = e.agg_type and o.agg_key = e.agg_key), 0),
             ${viewer.kind}, ${viewer.id ?? null}, e.payload
      from rows from (
        unnest(${events.map(() => uuidV7())}::uuid[], ${topics.map(({ name }) => name)}::text[],
               ${topics.map(({ version }) => version)}::int[], ${topics.map(({ aggregate }) => aggregate)}::text[],
               ${keys}::text[], ${owners.map((owner) => owner?.model ?? null)}::text[],
               ${owners.map((owner) => owner?.key ?? null)}::text[],
               ${ordinals(topics.map(({ aggregate }, at) => `${aggregate} ${keys[at]}`))}::int[]),
        jsonb_array_elements(${JSON.stringify(events.map(({ event }) => event.payload))}::jsonb)
      ) as e(uid, topic, version, agg_type, agg_key, owner_type, owner_key, nth, payload)`
  }
}

/** For each text, how many equal ones there are up to it. */
function ordinals(texts: readonly string[]): number[] {
  const counts = new Map<string, number>()
  return texts.map((text) => {
    const nth = (counts.get(text) ?? 0) + 1
    counts.set(text, nth)
    return nth
  })
}

import { z } from 'zod'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { domain } from '../../../src/schema.ts'

const rows = z.array(
  z.object({ topic: z.string(), version: z.number(), subject: z.string(), payload: z.record(z.string(), z.unknown()) }),
)

/** The topics of all events of a database, and the events that have not the form of their topic. */
export async function emittedEvents(databaseUrl: string): Promise<{ topics: Set<string>; misfits: string[] }> {
  const events = await withClient(databaseUrl, async (client) => {
    const found = await client.query(
      `select topic_nm as "topic", doc_ver as "version", agg_type as "subject", event_doc as "payload"
       from platform.pf_outbox`,
    )
    return rows.parse(found.rows)
  })
  return { topics: new Set(events.map(({ topic }) => topic)), misfits: events.flatMap(misfit) }
}

function misfit(event: z.infer<typeof rows>[number]): string[] {
  const topic = domain.topics.find(({ name }) => name === event.topic)
  const fits = topic?.version === event.version && topic.aggregate === event.subject
  // A field that the topic does not name would be a promise that nobody reads.
  const parsed = topic?.payload.strict().safeParse(event.payload)
  return fits && parsed?.success ? [] : [`${JSON.stringify(event)}: ${parsed?.error?.message ?? 'another topic'}`]
}

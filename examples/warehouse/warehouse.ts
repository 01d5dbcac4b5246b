import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { Api, type Changes, type Node, Refusal } from './api.ts'

const settings = z
  .object({
    FRONTDOOR_URL: z.url().default('http://127.0.0.1:4000'),
    FRONTDOOR_TOKEN: z.string().min(1),
    WAREHOUSE_URL: z.string().min(1),
  })
  .parse(process.env)
/** Stop once everything that has happened is here. */
const once = process.argv.includes('--once')

const eventsOfPage = 500
const waitSeconds = 30
const idsOfRequest = 100
const rowsOfStatement = 1000
const types = new Set(['Category', 'Supplier', 'Product', 'Customer', 'Order'])
/** What happens to a person, whose object the payload names. */
const topicsOfPeople = new Set(['PERSON_ERASED', 'PERSON_RESTRICTED', 'PERSON_RELEASED'])
const person = z.object({ subjectType: z.string(), subjectId: z.string() })

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

const api = new Api(settings.FRONTDOOR_URL, settings.FRONTDOOR_TOKEN, stop.signal)
const db = new pg.Client({ connectionString: settings.WAREHOUSE_URL, application_name: 'frontdoor warehouse' })
const transform = await sqlOf('transform.sql')

await db.connect()
try {
  if (!(await isPrepared())) await db.query(await sqlOf('star-schema.sql'))
  await run()
} catch (error) {
  if (!stop.signal.aborted) throw error
} finally {
  await db.end()
}

async function run(): Promise<void> {
  while (!stop.signal.aborted) {
    const position = await positionNow()
    const isCurrent = position === null ? await load(null) : await follow(position)
    if (once && isCurrent) return
  }
}

/** Reads everything anew, behind a lost position or none. Returns false: events have come meanwhile. */
async function load(from: string | null): Promise<boolean> {
  // The position first: what changes while the lists are read is read again behind it.
  const { endPosition } = await api.changes('now', { first: 0, wait: 0 })
  await advance(from, endPosition, async () => {
    await db.query('insert into changed select id, now() from staging.source')
    await db.query('truncate staging.source')
    for await (const nodes of chunksOf(api.everything(), rowsOfStatement)) await stage(nodes)
    await db.query('insert into changed select id, now() from staging.source on conflict do nothing')
    await stageMissing()
    console.log('loaded everything')
  })
  return false
}

/** Takes the next page of events. Returns whether it was the last one for now. */
async function follow(position: string): Promise<boolean> {
  const page = await pageBehind(position)
  if (!page) return load(position)
  const changed = changedBy(page)
  const isMoved = await advance(position, page.endPosition, async () => {
    if (changed.size === 0) return
    await stageObjects(changed)
    await stageMissing()
    console.log(`took ${page.events.length} events of ${changed.size} objects`)
  })
  return isMoved && !page.hasMore
}

/** Undefined where the events behind the position are no longer kept. */
async function pageBehind(position: string): Promise<Changes | undefined> {
  try {
    return await api.changes(position, { first: eventsOfPage, wait: once ? 0 : waitSeconds })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'POSITION_EXPIRED') return undefined
    throw error
  }
}

/** The objects that the events are about, each with the time of its last event. */
function changedBy({ events }: Changes): Map<string, string> {
  const changed = new Map<string, string>()
  for (const event of events) {
    const { subjectType, subjectId } = topicsOfPeople.has(event.topic) ? person.parse(event.payload) : event
    if (types.has(subjectType) && event.topic !== 'STOCK_CHANGED') changed.set(subjectId, event.occurredAt)
  }
  return changed
}

async function isPrepared(): Promise<boolean> {
  const { rows } = await db.query(`select to_regclass('staging.checkpoint') is not null as "isPrepared"`)
  return rows[0]?.isPrepared
}

async function positionNow(): Promise<string | null> {
  const { rows } = await db.query('select position from staging.checkpoint')
  const [{ position }] = z.tuple([z.object({ position: z.string().nullable() })]).parse(rows)
  return position
}

/**
 * Stages objects, transforms them and moves the position, all in one transaction. Returns false, with nothing done, where
 * another process has moved it.
 */
async function advance(from: string | null, to: string, stageAll: () => Promise<void>): Promise<boolean> {
  await db.query('begin')
  try {
    const { rows } = await db.query('select position from staging.checkpoint for update')
    const isHere = rows[0]?.position === from
    if (isHere) {
      await db.query('create temporary table changed (id text primary key, at timestamptz not null) on commit drop')
      await stageAll()
      await db.query(transform)
      await db.query('update staging.checkpoint set position = $1, moved_at = now()', [to])
    }
    await db.query('commit')
    return isHere
  } catch (error) {
    // On a connection that is lost, everything is rolled back anyway.
    await db.query('rollback').catch(() => {})
    throw error
  }
}

/** Reads these objects as they are now; one that is gone leaves staging. */
async function stageObjects(changed: ReadonlyMap<string, string>): Promise<void> {
  for await (const part of chunksOf(changed, idsOfRequest)) {
    const ids = part.map(([id]) => id)
    await db.query('insert into changed select * from unnest($1::text[], $2::timestamptz[])', [
      ids,
      part.map(([, at]) => at),
    ])
    const nodes = (await api.nodes(ids)).filter((node) => node !== null)
    await db.query('delete from staging.source where id = any ($1)', [ids])
    await stage(nodes)
  }
}

/** What staged objects refer to may be newer than the lists, or have its event on a later page. */
async function stageMissing(): Promise<void> {
  for (;;) {
    const { rows } = await db.query(
      `select refers_to as id, max(changed.at)::text as at from changed join staging.reference using (id)
       where refers_to is not null and refers_to not in (select id from changed)
         and not exists (select from staging.source where source.id = refers_to)
       group by refers_to`,
    )
    const missing = z.array(z.object({ id: z.string(), at: z.string() })).parse(rows)
    if (missing.length === 0) return
    await stageObjects(new Map(missing.map(({ id, at }) => [id, at])))
  }
}

async function stage(nodes: readonly Node[]): Promise<void> {
  await db.query(
    `insert into staging.source (id, body) select body ->> 'id', body from jsonb_array_elements($1) as body
     on conflict (id) do update set body = excluded.body`,
    [JSON.stringify(nodes)],
  )
}

async function* chunksOf<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function sqlOf(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, name), 'utf8')
}

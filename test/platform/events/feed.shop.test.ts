import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { askChanges, type Changes, positionNow, readChanges } from './support/changes.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const now = () => positionNow(world)
// `async` starts the statement at the call: a promise of Prisma waits until it is awaited.
const run = async (statement: string) => world.client.$executeRawUnsafe(statement)

/** Events behind the position, page by page: until there are so many, or none comes in time, and then to the end. */
async function readAll(after: string, atLeast = 1) {
  const events: Changes['events'][number][] = []
  for (let from = after; ; ) {
    const changes = await readChanges(world, 'admin', { after: from, first: 1000, wait: 5 })
    events.push(...changes.events)
    from = changes.endPosition
    const isEnd = events.length >= atLeast || changes.events.length === 0
    if (isEnd && !changes.hasMore) return events
  }
}

/** The gaps below the highest number of writing: of transactions that are open, or rolled back. */
const openRanges = () =>
  world.rowsOf(
    `select ids::text as ids from platform.pf_feed cross join unnest(open_ids) as ids where not upper_inf(ids)`,
    z.object({ ids: z.string() }),
  )

async function rollBack(statement: string) {
  const rolledBack = world.client.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(statement)
    throw new Error('rolled back')
  })
  await expect(rolledBack).rejects.toThrow('rolled back')
}

const beverages = demoId('category', '1')
const setDescription = (text: string) =>
  `update commerce.md_category set descr_txt = '${text}' where uid = '${beverages}'`

describe('a write in plain SQL', () => {
  it('that changes nothing is no event', async () => {
    const after = await now()
    await run('update commerce.md_category set descr_txt = descr_txt')
    await run(setDescription('The next one'))
    const changes = (await readAll(after)).map(({ topic, payload }) => [topic, payload.changed])
    expect(changes).toEqual([['CATEGORY_CHANGED', ['description']]])
  })

  it('that is rolled back is no event, and leaves no gap', async () => {
    const after = await now()
    await rollBack(setDescription('Never'))
    await run(setDescription('Still'))
    const events = await readAll(after)
    expect(events).toHaveLength(1)
    const gaps = await world.rowsOf(
      'select (max(feed_pos) - count(*))::int as missing from platform.pf_feed_event',
      z.object({ missing: z.number() }),
    )
    expect(gaps).toEqual([{ missing: 0 }])
  })

  it('that commits late comes after events that were committed before it, and no reader misses it', async () => {
    const after = await now()
    let between = ''
    await world.client.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(setDescription('Late'))
      await run(`update commerce.md_category set descr_txt = 'Early' where uid = '${demoId('category', '2')}'`)
      const early = await readChanges(world, 'admin', { after, wait: 5 })
      expect(early.events).toHaveLength(1)
      between = early.endPosition
    })
    expect((await readAll(between)).map(({ payload }) => payload.changed)).toEqual([['description']])
  })

  it('of 5,000 rows, open while others commit and roll back, is 5,000 events', async () => {
    const after = await now()
    await world.client.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(
          `insert into commerce.md_category (uid, nm) select gen_random_uuid(), 'Late ' || n from generate_series(1, 5000) n`,
        )
        for (let round = 1; round <= 5; round++) {
          await rollBack(setDescription('Never'))
          await run(setDescription(`Round ${round}`))
          await readAll(after, round)
        }
      },
      { timeout: 30_000 },
    )
    expect(await openRanges(), 'nothing is given up while the transaction is open').not.toEqual([])
    const topics = (await readAll(after, 5_005)).map(({ payload }) => payload.change)
    expect(topics.filter((change) => change === 'INSERTED')).toHaveLength(5_000)
    expect(topics.filter((change) => change === 'UPDATED')).toHaveLength(5)
  }, 60_000)

  it('that is rolled back is no longer looked for after some rounds, also in a copy of the database', async () => {
    for (const closing of ['closing_xid', `'9000000000000'::xid8`]) {
      await rollBack(setDescription('Never'))
      await run(`update platform.pf_feed set closing_xid = ${closing}`)
      let rounds = 0
      const afterRound = async () => {
        const after = await now()
        await run(setDescription(`Round ${++rounds} with ${closing.length}`))
        await readAll(after)
        return openRanges()
      }
      // Transactions in other databases of the server hold it up.
      await expect.poll(afterRound, { timeout: 50_000 }).toEqual([])
    }
  }, 60_000)

  it('of 5,000 rows in one statement is 5,000 events, each once', async () => {
    const after = await now()
    await run(
      `insert into commerce.md_category (uid, nm) select gen_random_uuid(), 'Bulk ' || n from generate_series(1, 5000) n`,
    )
    const events = await readAll(after, 5_000)
    expect(events).toHaveLength(5_000)
    expect(new Set(events.map(({ payload }) => payload.categoryId)).size).toBe(5_000)
    expect(new Set(events.map(({ payload }) => payload.change))).toEqual(new Set(['INSERTED']))
  }, 60_000)
})

it('numbers the events of one row from 1, without gaps, in order', async () => {
  const after = await now()
  await run(`insert into commerce.md_category (uid, nm) values ('${demoId('category', 'new')}', 'New')`)
  const update = `update commerce.md_category set row_ver = row_ver + 1 where uid = '${demoId('category', 'new')}'`
  await Promise.all(Array.from({ length: 20 }, () => run(update)))
  await run(`delete from commerce.md_category where uid = '${demoId('category', 'new')}'`)
  const events = await readAll(after, 22)
  expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 22 }, (_, n) => n + 1))
  expect([events[0], events.at(-1)].map((event) => event?.payload.change)).toEqual(['INSERTED', 'DELETED'])
})

it('drops events older than EVENTS_KEEP_DAYS, and tells a reader who comes too late', async () => {
  const old = await now()
  await run(setDescription('Old'))
  await readAll(old)
  const kept = await now()
  // A partition of days long ago, as a server has that was started then.
  await run(
    `create table platform.pf_outbox_20200101_20200201 partition of platform.pf_outbox
     for values from ('2020-01-01') to ('2020-02-01')`,
  )
  await run(`update platform.pf_outbox set occurred_ts = '2020-01-15'`)
  await run(`update platform.pf_feed_run set oldest_ts = '2020-01-15', newest_ts = '2020-01-15'`)
  await run(setDescription('New'))
  expect(await readAll(kept)).toHaveLength(1)
  await run('select platform.pf_outbox_partition(30)')
  const replica = await world.openReplica()
  expect(codesOf(await askChanges(replica, 'admin', { after: old }))).toEqual(['POSITION_EXPIRED'])
  expect(codesOf(await askChanges(replica, 'admin', { after: kept }))).toEqual([])
  await replica.close()
  expect(codesOf(await askChanges(world, 'admin', { after: old }))).toEqual(['POSITION_EXPIRED'])
})

it('goes on while another session drops partitions: the two do not wait for each other', async () => {
  const after = await now()
  await run(
    `create table platform.pf_outbox_20190101_20190201 partition of platform.pf_outbox
     for values from ('2019-01-01') to ('2019-02-01')`,
  )
  let partitions: Promise<unknown> = Promise.resolve()
  await withClient(world.databaseUrl, async (client) => {
    await client.query('begin')
    // As the feed does first: it looks for events without a position.
    await client.query('select from platform.pf_outbox limit 1')
    partitions = run('select platform.pf_outbox_partition(365)')
    await vi.waitFor(async () =>
      expect(
        await world.rowsOf(
          `select relation::regclass::text as name from pg_locks
           where not granted and relation is not null and database = (select oid from pg_database where datname = current_database())`,
          z.object({ name: z.string() }),
        ),
      ).not.toEqual([]),
    )
    await client.query(setDescription('Beside'))
    await client.query('select platform.pf_feed_advance()')
    await client.query('commit')
  })
  await partitions
  expect((await readAll(after)).map(({ topic }) => topic)).toEqual(['CATEGORY_CHANGED'])
})

it('a process reads of events only what they are about until someone waits for them', async () => {
  await using quiet = await createWorld()
  const isLastRead = async (part: string) => {
    const statements = await quiet.rowsOf(
      `select query from pg_stat_activity where datname = current_database() and application_name = 'frontdoor events'`,
      z.object({ query: z.string() }),
    )
    return statements.length === 1 && statements.every(({ query }) => query.includes(part))
  }
  await vi.waitUntil(() => isLastRead('agg_type as "aggregateType" from'), 5000)
  const after = await positionNow(quiet)
  const arriving = readChanges(quiet, 'admin', { after, wait: 5 })
  await vi.waitUntil(() => isLastRead('event_doc'), 5000)
  await quiet.client.$executeRawUnsafe(setDescription('Heard of'))
  const { events } = await arriving
  expect(events.map(({ topic, payload }) => [topic, payload.changed])).toEqual([['CATEGORY_CHANGED', ['description']]])
})

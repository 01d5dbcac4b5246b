import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../support/world.ts'

/** Foreign keys in pg-boss's own tables, to its queues: a queue is a constant here, and is never deleted. */
const unindexedByPgBoss = ['dlq_fkey', 'queue_dead_letter_fkey', 'subscription_name_fkey']

describe('the database', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  it('has an index that begins with each foreign key of the platform', async () => {
    const missing = await world.rowsOf(
      `select c.conname as name from pg_constraint c
       where c.contype = 'f' and c.connamespace::regnamespace::text in ('platform', 'jobs') and not exists (
         select 1 from pg_index i where i.indrelid = c.conrelid and i.indpred is null
           and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)`,
      z.object({ name: z.string() }),
    )
    expect(missing.map(({ name }) => name).sort()).toEqual(unindexedByPgBoss)
  })

  it('keeps the platform and pg-boss in schemas of their own', async () => {
    const tables = await world.rowsOf(
      `select relnamespace::regnamespace::text as schema, count(*)::int as tables from pg_class
       where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text in ('platform', 'jobs')
       group by 1 order by 1`,
      z.object({ schema: z.string(), tables: z.number() }),
    )
    // As pg-boss makes them.
    expect(tables).toMatchObject([{ schema: 'jobs', tables: 10 }, { schema: 'platform' }])
  })
})

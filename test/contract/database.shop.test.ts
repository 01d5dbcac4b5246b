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

  it('has an index that begins with each foreign key', async () => {
    const missing = await world.rowsOf(
      `select c.conname as name from pg_constraint c
       where c.contype = 'f' and not exists (
         select 1 from pg_index i where i.indrelid = c.conrelid and i.indpred is null
           and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)`,
      z.object({ name: z.string() }),
    )
    expect(missing.map(({ name }) => name).sort()).toEqual(unindexedByPgBoss)
  })

  it('keeps the platform, the domain and pg-boss in schemas of their own', async () => {
    const tables = await world.rowsOf(
      `select relnamespace::regnamespace::text as schema, count(*)::int as tables from pg_class
       where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
       group by 1 order by 1`,
      z.object({ schema: z.string(), tables: z.number() }),
    )
    expect(tables).toEqual([
      { schema: 'commerce', tables: 19 },
      // As pg-boss makes them.
      { schema: 'jobs', tables: 10 },
      { schema: 'platform', tables: 17 },
      // Prisma's own table of migrations.
      { schema: 'public', tables: 1 },
    ])
  })

  it.each([
    ['a line of no units', 'update commerce.so_line set qty = 0', 'so_line_qty_ck'],
    ['a discount of more than all', 'update commerce.so_line set disc_bp = 10001', 'so_line_disc_ck'],
    ['a discount below nothing', 'update commerce.so_line set disc_bp = -1', 'so_line_disc_ck'],
    [
      'more reserved than there is',
      'update commerce.md_product set qty_reserved = qty_on_hand + 1',
      'md_product_stock_ck',
    ],
    ['a negative price', 'update commerce.md_product set unit_price_minor = -1', 'md_product_price_ck'],
    ['a negative total', 'update commerce.so_header set total_minor = -1', 'so_header_total_ck'],
    ['a payment of nothing', 'update commerce.ar_payment set amount_minor = 0', 'ar_payment_amount_ck'],
    ['a country in words', "update commerce.so_header set st_ctry = 'de'", 'so_header_ctry_ck'],
    [
      'a second invoice of one order',
      'update commerce.ar_invoice set so_uid = (select so_uid from commerce.ar_invoice limit 1)',
      'ar_invoice_so_key',
    ],
  ])('refuses %s, from every role', async (_what, sql, constraint) => {
    const refused = world.client.$executeRawUnsafe(sql)
    await expect(refused).rejects.toThrow(constraint)
  })

  it('has exactly the order states of the enum', async () => {
    const refused = world.client.$executeRawUnsafe("update commerce.so_header set status_cd = 'LOST'")
    await expect(refused).rejects.toThrow(/invalid input value for enum|22P02/)
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'

const many = 2000

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.client.$executeRawUnsafe(
    `insert into commerce.md_product (uid, sku_cd, nm, unit_price_minor, ccy, qty_on_hand, supplier_uid, category_uid)
     select gen_random_uuid(), 'M-' || n, 'Chose ' || md5(n::text), 1, 'EUR', 1, s.uid, c.uid from generate_series(1, ${many}) n,
       (select uid from commerce.md_supplier limit 1) s, (select uid from commerce.md_category limit 1) c`,
  )
})
afterAll(() => world.close())

it('changes the stock of each of many new products without an entry in an index', async () => {
  const counts = await world.client.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(`update commerce.md_product set qty_on_hand = qty_on_hand + 1 where sku_cd like 'M-%'`)
    return tx.$queryRawUnsafe(
      `select n_tup_upd::int as changed, n_tup_hot_upd::int as "heapOnly" from pg_stat_xact_user_tables
       where relid = 'commerce.md_product'::regclass`,
    )
  })
  expect(counts).toEqual([{ changed: many, heapOnly: many }])
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { addManyProducts } from '../support/many-products.ts'

const many = 2000

let world: World
beforeAll(async () => {
  world = await createWorld()
  await addManyProducts(world, many)
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

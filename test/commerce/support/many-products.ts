import type { World } from '../../support/world.ts'

/** Adds so many products in stock, `M-1`, `M-2`, …, whose names begin with "Chose". */
export async function addManyProducts(world: World, many: number): Promise<void> {
  await world.client.$executeRawUnsafe(
    `insert into commerce.md_product (uid, sku_cd, nm, unit_price_minor, ccy, qty_on_hand, supplier_uid, category_uid)
     select gen_random_uuid(), 'M-' || n, 'Chose ' || md5(n::text), 1, 'EUR', 1, s.uid, c.uid from generate_series(1, ${many}) n,
       (select uid from commerce.md_supplier limit 1) s, (select uid from commerce.md_category limit 1) c`,
  )
}

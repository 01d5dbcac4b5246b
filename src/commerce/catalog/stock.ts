import { z } from 'zod'
import type { Transaction } from '../../platform/database/client.ts'

const lockedProduct = z.object({
  id: z.uuid(),
  name: z.string(),
  unitPriceMinor: z.bigint(),
  currency: z.string(),
  discontinued: z.boolean(),
  available: z.number(),
})

export type LockedProduct = z.infer<typeof lockedProduct>

/**
 * Locks products for a change of their stock until the transaction ends, always in the order of their ids, so that two
 * orders of the same products never wait for each other. NO KEY: lines may go on referring to them meanwhile.
 */
export async function lockProducts(tx: Transaction, ids: readonly string[]): Promise<Map<string, LockedProduct>> {
  const rows = await tx.$queryRaw`
    select uid::text as "id", nm as "name", unit_price_minor as "unitPriceMinor", ccy as "currency",
           disc_flg as "discontinued", qty_on_hand - qty_reserved as "available"
    from commerce.md_product where uid = any(${ids}::uuid[]) order by uid for no key update`
  return new Map(
    z
      .array(lockedProduct)
      .parse(rows)
      .map((product) => [product.id, product]),
  )
}

/** Sets units of locked products aside for an order. One statement, however many products. */
export async function reserveStock(
  tx: Transaction,
  lines: readonly { productId: string; quantity: number }[],
): Promise<void> {
  const ids = lines.map(({ productId }) => productId)
  const quantities = lines.map(({ quantity }) => quantity)
  await tx.$executeRaw`
    update commerce.md_product p set qty_reserved = p.qty_reserved + l.qty
    from unnest(${ids}::uuid[], ${quantities}::int[]) as l(uid, qty) where p.uid = l.uid`
}

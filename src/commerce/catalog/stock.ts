import { z } from 'zod'
import type { Transaction } from '../../platform/database/transaction.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import type { Scope } from '../mutations.ts'

const lockedProduct = z.object({
  id: z.uuid(),
  name: z.string(),
  unitPriceMinor: z.bigint(),
  currency: z.string(),
  discontinued: z.boolean(),
  onHand: z.number(),
  available: z.number(),
})

export type LockedProduct = z.infer<typeof lockedProduct>

/**
 * Locks products for a change of their stock until the transaction ends, always in the order of their ids, so that two
 * orders of the same products never deadlock. NO KEY lets new lines refer to them meanwhile.
 */
export async function lockProducts(tx: Transaction, ids: readonly string[]): Promise<Map<string, LockedProduct>> {
  const rows = await tx.$queryRaw`
    select uid::text as "id", nm as "name", unit_price_minor as "unitPriceMinor", ccy as "currency",
           disc_flg as "discontinued", qty_on_hand as "onHand", qty_on_hand - qty_reserved as "available"
    from commerce.md_product where uid = any(${ids}::uuid[]) order by uid for no key update`
  return new Map(
    z
      .array(lockedProduct)
      .parse(rows)
      .map((product) => [product.id, product]),
  )
}

export interface StockChange {
  productId: string
  /** Units that entered or left the warehouse. Each such change is a movement in the ledger. */
  onHand: number
  /** Units reserved for orders, or released. */
  reserved: number
}

type StockReason = 'OPENING' | 'DELIVERY' | 'COUNT' | 'DAMAGE' | 'SHIPPED' | 'RETURNED'

interface StockCause {
  reason: StockReason | 'RESERVED' | 'RELEASED'
  orderId?: string
  note?: string | null
}

const stockAfter = z.array(z.object({ id: z.uuid(), onHand: z.number(), reserved: z.number() }))

/** Changes the stock of locked products: one statement for all of them, one for the ledger, and an event for each. */
export async function changeStock(scope: Scope, changes: readonly StockChange[], cause: StockCause): Promise<void> {
  const { tx, emit } = scope
  const effective = changes.filter(({ onHand, reserved }) => onHand !== 0 || reserved !== 0)
  if (effective.length === 0) return
  const rows = await tx.$queryRaw`
    update commerce.md_product p set qty_on_hand = p.qty_on_hand + c.on_hand, qty_reserved = p.qty_reserved + c.reserved
    from unnest(${effective.map(({ productId }) => productId)}::uuid[], ${effective.map(({ onHand }) => onHand)}::int[],
                ${effective.map(({ reserved }) => reserved)}::int[]) as c(uid, on_hand, reserved)
    where p.uid = c.uid
    returning p.uid::text as "id", p.qty_on_hand as "onHand", p.qty_reserved as "reserved"`
  await writeLedger(scope, effective, cause)
  for (const { id, onHand, reserved } of stockAfter.parse(rows)) {
    const payload = { productId: encodeId('Product', id), onHand, reserved, reason: cause.reason }
    emit({ topic: 'stock.changed', aggregate: { type: 'Product', id }, payload })
  }
}

async function writeLedger({ tx, now }: Scope, changes: readonly StockChange[], cause: StockCause): Promise<void> {
  const { reason, orderId, note } = cause
  if (reason === 'RESERVED' || reason === 'RELEASED') return
  const data = changes
    .filter(({ onHand }) => onHand !== 0)
    .map(({ productId, onHand }) => ({
      productId,
      quantity: onHand,
      reason,
      orderId,
      note: note ?? null,
      occurredAt: now,
    }))
  if (data.length > 0)
    await tx.stockMovement.createMany({
      data: data.map(({ orderId, ...row }) => (orderId ? { ...row, orderId } : row)),
    })
}

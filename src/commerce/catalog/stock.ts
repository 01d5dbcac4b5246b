import { z } from 'zod'
import type { Transaction } from '../../platform/database/transaction.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import type { Scope } from '../mutations.ts'
import { stockChanged } from './catalog-events.ts'

const lockedProduct = z.object({
  id: z.guid(),
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
  const rows = await tx.$lockRows(lockStatement, ids)
  return new Map(
    z
      .array(lockedProduct)
      .parse(rows)
      .map((product) => [product.id, product]),
  )
}

const lockStatement = `
  select uid::text as "id", nm as "name", unit_price_minor as "unitPriceMinor", ccy as "currency",
         disc_flg as "discontinued", qty_on_hand as "onHand", qty_on_hand - qty_reserved as "available"
  from commerce.md_product where uid = any($1::uuid[]) order by uid for no key update`

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

/** The products before the change. Their locks keep others from changing them. */
type Stocks = ReadonlyMap<string, Pick<LockedProduct, 'onHand' | 'available'>>

/** Changes the stock of locked products: one statement for all of them, one for the ledger, and an event for each. */
export async function changeStock(
  scope: Scope,
  products: Stocks,
  changes: readonly StockChange[],
  cause: StockCause,
): Promise<void> {
  const effective = changes.filter(({ onHand, reserved }) => onHand !== 0 || reserved !== 0)
  if (effective.length === 0) return
  for (const change of effective) emitStockChanged(scope, products, change, cause)
  await Promise.all([addToStock(scope, effective), writeLedger(scope, effective, cause)])
}

/** Tells of the units that a new product begins with, and keeps them in the ledger. */
export async function openStock(scope: Scope, productId: string, onHand: number): Promise<void> {
  if (onHand === 0) return
  const before = new Map([[productId, { onHand: 0, available: 0 }]])
  const change = { productId, onHand, reserved: 0 }
  emitStockChanged(scope, before, change, { reason: 'OPENING' })
  await writeLedger(scope, [change], { reason: 'OPENING' })
}

function emitStockChanged({ emit }: Scope, products: Stocks, change: StockChange, { reason }: StockCause): void {
  const { productId: id } = change
  const before = products.get(id)
  if (!before) throw new Error(`Product ${id} changes without a lock`)
  const onHand = before.onHand + change.onHand
  const reserved = before.onHand - before.available + change.reserved
  const payload = { productId: encodeId('Product', id), available: onHand - reserved, onHand, reserved, reason }
  emit(stockChanged, { id, payload })
}

async function addToStock({ tx }: Scope, changes: readonly StockChange[]): Promise<void> {
  await tx.$writeRows(
    `update commerce.md_product p set qty_on_hand = p.qty_on_hand + c.on_hand, qty_reserved = p.qty_reserved + c.reserved
     from unnest($1::uuid[], $2::int[], $3::int[]) as c(uid, on_hand, reserved) where p.uid = c.uid`,
    changes.map(({ productId }) => productId),
    changes.map(({ onHand }) => onHand),
    changes.map(({ reserved }) => reserved),
  )
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

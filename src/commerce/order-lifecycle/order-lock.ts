import { z } from 'zod'
import { OrderStatus } from '../../generated/prisma/enums.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import type { Scope } from '../mutations.ts'
import { actionsFrom, type OrderAction } from './order-states.ts'

const lockedOrder = z.object({
  id: z.guid(),
  number: z.number(),
  customerId: z.guid(),
  carrierId: z.guid().nullable(),
  status: z.enum(OrderStatus),
  currency: z.string(),
  freightMinor: z.bigint(),
  totalMinor: z.bigint(),
  paidMinor: z.bigint(),
  refundedMinor: z.bigint(),
  version: z.number(),
})

export type LockedOrder = z.infer<typeof lockedOrder>

/**
 * Locks an order for an action until the transaction ends: always the order first, then its products. Ends the mutation
 * where the viewer may act on no such order, or where its state does not allow the action.
 */
export async function lockOrder(
  { tx, viewer, errors }: Scope,
  publicId: string,
  action: OrderAction,
): Promise<LockedOrder> {
  const id = parseId('Order', publicId)
  const [row] = id
    ? z.array(lockedOrder).parse(
        await tx.$queryRaw`
          select uid::text as "id", doc_no as "number", cust_uid::text as "customerId", carrier_uid::text as "carrierId",
                 status_cd::text as "status", ccy as "currency", freight_minor as "freightMinor",
                 total_minor as "totalMinor", paid_minor as "paidMinor", refunded_minor as "refundedMinor", row_ver as "version"
          from commerce.so_header where uid = ${id}::uuid for no key update`,
      )
    : []
  // A customer does not learn whether another customer's order exists.
  if (!row || (viewer.subject && row.customerId !== viewer.subject)) return errors.refuse('ORDER_UNKNOWN', ['orderId'])
  const allowed = actionsFrom(row)
  if (allowed.includes(action)) return row
  const next = allowed.length > 0 ? `from there: ${allowed.join(', ')}` : 'nothing can be done to it any more'
  return errors.refuse('INVALID_TRANSITION', ['orderId'], `The order is ${row.status}; ${next}.`)
}

const lineFields = {
  id: true,
  productId: true,
  quantity: true,
  unitPriceMinor: true,
  discountBp: true,
  shipped: true,
  returned: true,
} as const

export type LockedLine = Awaited<ReturnType<typeof linesOf>>[number]

/** The lines of a locked order, in their order. */
export function linesOf({ tx }: Scope, orderId: string) {
  return tx.orderLine.findMany({ anyOf: [{ orderId }], orderBy: 'position', select: lineFields })
}

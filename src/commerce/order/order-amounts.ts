import type { LoaderDefinition } from '../../platform/context.ts'
import { lineSubtotalMinor, lineTotalMinor } from '../money/line-total.ts'

interface Amounts {
  subtotalMinor: bigint
  totalMinor: bigint
}

/** The sums over the lines of a whole page of orders, in one statement. */
export const orderAmounts: LoaderDefinition<string, Amounts> = {
  fallback: { subtotalMinor: 0n, totalMinor: 0n },
  batch: async (ids, { db }) => {
    const lines = await db.orderLine.findMany({
      where: { orderId: { in: [...ids] } },
      select: { orderId: true, quantity: true, unitPriceMinor: true, discountBp: true },
    })
    const amounts = new Map<string, Amounts>()
    for (const line of lines) {
      const sum = amounts.get(line.orderId) ?? { subtotalMinor: 0n, totalMinor: 0n }
      sum.subtotalMinor += lineSubtotalMinor(line)
      sum.totalMinor += lineTotalMinor(line)
      amounts.set(line.orderId, sum)
    }
    return amounts
  },
}

import { demoId } from '../../../prisma/demo/ids.ts'
import { type PolicedClient, policedClient, type RowPolicies } from '../../../src/platform/auth/row-policy.ts'
import { anonymous, type Viewer } from '../../../src/platform/auth/viewer.ts'
import { createWorld } from '../../support/world.ts'

export const mine = demoId('customer', 'ALFKI')
const all = { rows: () => 'all' as const }
const none = { rows: () => 'none' as const }
/** One policy of each kind, for a customer: all rows, none, those of a condition, and implied steps. Others are missing. */
const policies: RowPolicies = {
  Category: all,
  Supplier: none,
  Product: { rows: () => ({ discontinued: false }) },
  Carrier: all,
  Customer: { rows: ({ subject }) => ({ id: subject ?? '' }) },
  Address: all,
  Order: { rows: ({ subject }) => ({ customerId: subject ?? '' }), implies: ['customer'] },
  OrderLine: { rows: ({ subject }) => ({ order: { customerId: subject ?? '' } }), implies: ['order'] },
}
const viewer: Viewer = { ...anonymous, kind: 'customer', subject: mine }

/** A world, the client of the customer `mine`, and that customer's rows. */
export async function createPolicedWorld() {
  const world = await createWorld()
  const db: PolicedClient = policedClient(world.database.client, policies, viewer)
  const own = await world.client.order.findMany({
    where: { customerId: mine },
    select: { id: true, number: true },
    orderBy: { number: 'asc' },
  })
  return { world, db, own }
}

export function numbers(orders: { number: number }[]): number[] {
  return orders.map(({ number }) => number).sort((a, b) => a - b)
}

import { encodeId } from '../../../src/platform/graphql/ids.ts'
import type { World } from '../../support/world.ts'

/** The public ids of an order and its parts, one of each type, read behind the API. */
export async function idsOfOrder(world: World, number: number): Promise<Record<string, string>> {
  const row = await world.client.order.findUniqueOrThrow({
    where: { number },
    include: {
      customer: { include: { addresses: true } },
      lines: true,
      shipments: true,
      payments: true,
      invoice: true,
    },
  })
  const ids = {
    Order: row.id,
    OrderLine: row.lines[0]?.id,
    Shipment: row.shipments[0]?.id,
    Payment: row.payments[0]?.id,
    Invoice: row.invoice?.id,
    Customer: row.customerId,
    Address: row.customer.addresses[0]?.id,
  }
  return Object.fromEntries(Object.entries(ids).map(([type, id]) => [type, encodeId(type, id ?? '')]))
}

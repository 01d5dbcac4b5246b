import type { World } from '../../support/world.ts'

/** Every row of the shop, by model, in the order of their ids. */
export async function everything({ client }: World) {
  const inOrder = { orderBy: { id: 'asc' as const } }
  return {
    suppliers: await client.supplier.findMany(inOrder),
    categories: await client.category.findMany(inOrder),
    carriers: await client.carrier.findMany(inOrder),
    products: await client.product.findMany(inOrder),
    customers: await client.customer.findMany(inOrder),
    addresses: await client.address.findMany(inOrder),
    orders: await client.order.findMany(inOrder),
    lines: await client.orderLine.findMany(inOrder),
    shipments: await client.shipment.findMany(inOrder),
    shipmentLines: await client.shipmentLine.findMany(inOrder),
    payments: await client.payment.findMany(inOrder),
    invoices: await client.invoice.findMany(inOrder),
  }
}

import { z } from 'zod'
import { parseId } from '../../../src/platform/ids.ts'
import type { World } from '../../support/world.ts'

/** Rows and sums of every table that a verb may change: what is equal before and after did not change. */
export async function footprint(world: World): Promise<unknown> {
  const { client } = world
  return {
    orders: await client.order.aggregate({
      _count: true,
      _sum: { totalMinor: true, paidMinor: true, refundedMinor: true, version: true },
    }),
    states: await client.order.groupBy({ by: ['status'], _count: true, orderBy: { status: 'asc' } }),
    lines: await client.orderLine.aggregate({ _count: true, _sum: { quantity: true, shipped: true, returned: true } }),
    products: await client.product.aggregate({ _count: true, _sum: { stockOnHand: true, stockReserved: true } }),
    movements: await client.stockMovement.aggregate({ _count: true, _sum: { quantity: true } }),
    shipments: await client.shipmentLine.aggregate({ _count: true, _sum: { quantity: true } }),
    returns: await client.returnLine.aggregate({ _count: true, _sum: { quantity: true } }),
    payments: await client.payment.aggregate({ _count: true, _sum: { amountMinor: true } }),
    refunds: await client.refund.aggregate({ _count: true, _sum: { amountMinor: true } }),
    creditNotes: await client.creditNote.aggregate({ _count: true, _sum: { amountMinor: true } }),
    invoices: await client.invoice.count(),
    series: await client.documentSeries.findMany({ orderBy: [{ prefix: 'asc' }, { year: 'asc' }] }),
    events: await client.domainEvent.count(),
    keys: await client.idempotencyRecord.count(),
  }
}

/** The movements of an order in the stock's ledger: reason and units, by product. */
export async function movementsOf(world: World, orderId: string): Promise<[string, number][]> {
  const movements = await world.client.stockMovement.findMany({
    where: { orderId: parseId('Order', orderId) ?? '' },
    orderBy: [{ occurredAt: 'asc' }, { quantity: 'asc' }],
  })
  return movements.map(({ reason, quantity }) => [reason, quantity])
}

/** The events of an order or a product, in their sequence, which must have no gap. */
export async function eventsOf(world: World, type: 'Order' | 'Product', id: string) {
  const events = await world.client.domainEvent.findMany({
    where: { aggregateType: type, aggregateId: parseId(type, id) ?? '' },
    orderBy: { sequence: 'asc' },
  })
  const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1)
  if (gap >= 0) throw new Error(`the events of ${id} have a gap at ${gap + 1}`)
  return events.map(({ topic, ownerId, actorKind, payload }) => {
    return { topic, ownerId, actorKind, payload: z.record(z.string(), z.unknown()).parse(payload) }
  })
}

/** The last event of an order. */
export async function lastEvent(world: World, orderId: string) {
  return (await eventsOf(world, 'Order', orderId)).at(-1)
}

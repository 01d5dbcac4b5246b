import { z } from 'zod'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import type { World } from '../../support/world.ts'

/** The counts and sums of each table that a mutation may change. */
const summedUp: Readonly<Record<string, readonly string[]>> = {
  'commerce.so_header': ['total_minor', 'paid_minor', 'refunded_minor', 'row_ver', 'hashtext(status_cd::text)'],
  'commerce.so_line': ['qty', 'qty_shipped', 'qty_returned'],
  'commerce.md_product': ['qty_on_hand', 'qty_reserved'],
  'commerce.md_stock_move': ['qty_delta'],
  'commerce.lg_shipment_line': ['qty'],
  'commerce.lg_return_line': ['qty'],
  'commerce.ar_payment': ['amount_minor'],
  'commerce.ar_refund': ['amount_minor'],
  'commerce.ar_credit_note': ['amount_minor'],
  'commerce.ar_invoice': ['amount_minor'],
  'commerce.ar_series': ['last_no'],
  'platform.pf_outbox': [],
  'platform.pf_idempotency': [],
}
const sums = Object.entries(summedUp).map(([table, values]) => {
  const summed = values.map((value) => `sum(${value})`)
  return `select '${table}' as "table", array[${['count(*)', ...summed].join(', ')}]::text[] as "sums" from ${table}`
})

/**
 * Counts and sums of every table that a mutation may change, in one statement: equal values before and after mean no
 * change.
 */
export function footprint({ client }: World): Promise<unknown> {
  return client.$queryRawUnsafe(sums.join(' union all '))
}

/** The movements of an order in the stock ledger: reason and units, by product. */
export async function movementsOf(world: World, orderId: string): Promise<[string, number][]> {
  const movements = await world.client.stockMovement.findMany({
    where: { orderId: parseId('Order', orderId) ?? '' },
    orderBy: [{ occurredAt: 'asc' }, { quantity: 'asc' }],
  })
  return movements.map(({ reason, quantity }) => [reason, quantity])
}

/** What mutations told of an order or a product, in sequence. All events together must have no gap. */
export async function eventsOf(world: World, type: 'Order' | 'Product', id: string) {
  const events = await world.client.domainEvent.findMany({
    where: { aggregateType: type, aggregateKey: parseId(type, id) ?? '' },
    orderBy: { sequence: 'asc' },
  })
  const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1)
  if (gap >= 0) throw new Error(`the events of ${id} have a gap at ${gap + 1}`)
  // Tests prepare their rows in plain SQL, which is captured.
  const told = events.filter(({ actorKind }) => actorKind !== 'database')
  return told.map(({ topic, ownerKey, actorKind, payload }) => {
    return { topic, ownerId: ownerKey, actorKind, payload: z.record(z.string(), z.unknown()).parse(payload) }
  })
}

/** The last event of an order. */
export async function lastEvent(world: World, orderId: string) {
  return (await eventsOf(world, 'Order', orderId)).at(-1)
}

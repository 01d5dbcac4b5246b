import type { Transaction } from '../../platform/database/transaction.ts'
import { uuidV7 } from '../../platform/database/uuid-v7.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { encodeId, parseId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText } from '../../platform/mutations/text-input.ts'
import { shipsOrders } from '../access.ts'
import { changeStock, lockProducts } from '../catalog/stock.ts'
import { mutation, type Scope } from '../mutations.ts'
import { type LockedLine, type LockedOrder, linesOf, lockOrder } from '../order-lifecycle/order-lock.ts'
import {
  allUnits,
  chooseUnits,
  type LineUnits,
  OrderLineQuantityInput,
  sumOf,
  unitsByProduct,
  unitsPayload,
} from './line-quantities.ts'
import { orderShipped } from './order-events.ts'

const OrderShipInput = builder.inputType('OrderShipInput', {
  description: 'What of an order leaves the warehouse.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order; it must be paid.' }),
    lines: t.field({
      type: [OrderLineQuantityInput],
      description: 'What is in the shipment; everything that is left unless it is said.',
    }),
    carrierId: t.id({ description: 'Who carries it; the order’s carrier unless it is said.' }),
    trackingNumber: t.string({ description: 'What the carrier knows it by; at most 100 characters.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('orderShip', (t) =>
  t.field(
    mutation({
      name: 'orderShip',
      description: 'Ships a paid order, or a part of it: its units leave the stock.',
      auth: shipsOrders,
      input: OrderShipInput,
      idempotencyKey: 'optional',
      changes: { shipment: 'Shipment', order: 'Order' },
      run: shipOrder,
    }),
  ),
)

async function shipOrder(input: typeof OrderShipInput.$inferInput, scope: Scope) {
  const { tx, errors } = scope
  const trackingNumber = optionalText(errors, input.trackingNumber, ['trackingNumber'], { max: 100 })
  errors.refuseIfAny()
  const order = await lockOrder(scope, input.orderId, 'SHIP')
  const lines = await linesOf(scope, order.id)
  const units = input.lines == null ? allUnits(lines, unshipped) : chooseUnits(input.lines, lines, unshipped, errors)
  const carrierId = await carrierFor(input.carrierId, order, scope)
  errors.refuseIfAny()
  await takeFromStock(scope, order.id, units)
  await addShipped(tx, units)
  const shipmentId = await createShipment(scope, order, units, { carrierId, trackingNumber })
  const last = sumOf(units) === sumOf(allUnits(lines, unshipped))
  await markShipped(scope, order.id, last)
  emitOrderShipped(scope, order, units, { shipmentId, carrierId, trackingNumber, complete: last })
  return { shipment: shipmentId, order: order.id }
}

function unshipped({ quantity, shipped }: LockedLine): number {
  return quantity - shipped
}

async function carrierFor(
  publicId: string | null | undefined,
  order: LockedOrder,
  { tx, errors }: Scope,
): Promise<string> {
  if (publicId == null) {
    if (!order.carrierId)
      errors.add('CARRIER_UNKNOWN', ['carrierId'], 'The order names no carrier: say who carries it.')
    return order.carrierId ?? ''
  }
  const id = parseId('Carrier', publicId)
  const carrier = id && (await tx.carrier.findUnique({ where: { id }, select: { id: true } }))
  if (!carrier) errors.add('CARRIER_UNKNOWN', ['carrierId'])
  return id ?? ''
}

async function takeFromStock(scope: Scope, orderId: string, units: readonly LineUnits[]): Promise<void> {
  const byProduct = unitsByProduct(units)
  const products = await lockProducts(scope.tx, [...byProduct.keys()])
  const taken = [...byProduct].map(([productId, count]) => ({ productId, onHand: -count, reserved: -count }))
  await changeStock(scope, products, taken, { reason: 'SHIPPED', orderId })
}

async function addShipped(tx: Transaction, units: readonly LineUnits[]): Promise<void> {
  await tx.$executeRaw`
    update commerce.so_line l set qty_shipped = l.qty_shipped + u.qty
    from unnest(${units.map(({ orderLineId }) => orderLineId)}::uuid[], ${units.map(({ quantity }) => quantity)}::int[])
      as u(uid, qty)
    where l.uid = u.uid`
}

async function createShipment(
  { tx, now }: Scope,
  { id: orderId }: LockedOrder,
  units: readonly LineUnits[],
  by: { carrierId: string; trackingNumber: string | null },
): Promise<string> {
  const id = uuidV7()
  const lines = units.map(({ orderLineId, quantity }) => ({ shipmentId: id, orderLineId, quantity }))
  await Promise.all([
    tx.shipment.create({ data: { id, orderId, ...by, shippedAt: now }, select: { id: true } }),
    tx.shipmentLine.createMany({ data: lines }),
  ])
  return id
}

async function markShipped({ tx, now }: Scope, id: string, last: boolean): Promise<void> {
  const state = last ? { status: 'SHIPPED' as const, shippedAt: now } : { status: 'PARTIALLY_SHIPPED' as const }
  await tx.order.update({ where: { id }, data: { ...state, version: { increment: 1 } } })
}

interface Shipped {
  shipmentId: string
  carrierId: string
  trackingNumber: string | null
  /** Whether everything is shipped. */
  complete: boolean
}

function emitOrderShipped({ emit }: Scope, order: LockedOrder, units: readonly LineUnits[], shipped: Shipped): void {
  emit(orderShipped, {
    id: order.id,
    owner: order.customerId,
    payload: {
      orderId: encodeId('Order', order.id),
      number: order.number,
      shipmentId: encodeId('Shipment', shipped.shipmentId),
      carrierId: encodeId('Carrier', shipped.carrierId),
      trackingNumber: shipped.trackingNumber,
      complete: shipped.complete,
      lines: unitsPayload(units),
    },
  })
}

import type { ClientBase } from 'pg'

import { copyRows, type GivenRow } from './copy.ts'

/** An order with its lines, shipments, payments and documents. */
export interface OrderRows {
  order: GivenRow<'Order'>
  lines: GivenRow<'OrderLine'>[]
  shipment?: GivenRow<'Shipment'>
  shipmentLines?: GivenRow<'ShipmentLine'>[]
  payment?: GivenRow<'Payment'>
  invoice?: GivenRow<'Invoice'>
  movements?: GivenRow<'StockMovement'>[]
}

/** One COPY for each table, in the order of their references, because foreign keys are checked row by row. */
export async function copyOrders(client: ClientBase, orders: readonly OrderRows[]): Promise<void> {
  const headers = each(orders, ({ order }) => [order])
  const lines = each(orders, (order) => order.lines)
  const shipments = each(orders, ({ shipment }) => (shipment ? [shipment] : []))
  const shipmentLines = each(orders, (order) => order.shipmentLines ?? [])
  const payments = each(orders, ({ payment }) => (payment ? [payment] : []))
  const movements = each(orders, (order) => order.movements ?? [])
  const invoices = each(orders, ({ invoice }) => (invoice ? [invoice] : []))
  await copyRows(client, 'Order', headers)
  await copyRows(client, 'OrderLine', lines)
  await copyRows(client, 'Shipment', shipments)
  await copyRows(client, 'ShipmentLine', shipmentLines)
  await copyRows(client, 'Payment', payments)
  await copyRows(client, 'Invoice', invoices)
  await copyRows(client, 'StockMovement', movements)
}

function* each<T>(orders: readonly OrderRows[], rowsOf: (order: OrderRows) => readonly T[]): Generator<T> {
  for (const order of orders) yield* rowsOf(order)
}

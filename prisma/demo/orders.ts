// Northwind's orders, and what follows from them, as rows of the models.
import { lineTotalMinor } from '../../src/commerce/money/line-total.ts'
import type { GivenRow } from '../copy.ts'
import type { OrderRows } from '../order-rows.ts'
import { demoId } from './ids.ts'
import type { Northwind } from './northwind.ts'
import { demoCurrency } from './rows.ts'

type SourceOrder = Northwind['orders'][number]
type SourceLine = Northwind['order_lines'][number]

export function demoOrders(data: Northwind): OrderRows[] {
  const linesOf = Map.groupBy(data.order_lines, (line) => line.order_id)
  const invoiceNumbers = numberInvoices(data.orders)
  return data.orders.map((source) => {
    const lines = orderLines(source, linesOf.get(source.order_id) ?? [])
    const order = orderRow(source, lines)
    return { order, lines, ...fulfil(source, order, lines, invoiceNumbers.get(source.order_id)) }
  })
}

function orderLines({ order_id, order_date, shipped_date }: SourceOrder, lines: SourceLine[]): GivenRow<'OrderLine'>[] {
  return lines.map((line, index) => ({
    id: demoId('order-line', `${order_id}/${index + 1}`, order_date),
    orderId: demoId('order', order_id, order_date),
    position: index + 1,
    productId: demoId('product', line.product_id),
    quantity: line.quantity,
    unitPriceMinor: line.unit_price,
    discountBp: line.discount,
    shipped: shipped_date ? line.quantity : 0,
    returned: 0,
  }))
}

function orderRow(source: SourceOrder, lines: GivenRow<'OrderLine'>[]): GivenRow<'Order'> {
  const totalMinor = lines.reduce((total, line) => total + lineTotalMinor(line), 0n)
  return {
    id: demoId('order', source.order_id, source.order_date),
    number: source.order_id,
    customerId: demoId('customer', source.customer_id),
    carrierId: demoId('carrier', source.carrier_id),
    status: source.shipped_date ? 'SHIPPED' : 'PLACED',
    currency: demoCurrency,
    placedAt: source.order_date,
    requiredDate: source.required_date,
    shippedAt: source.shipped_date,
    freightMinor: source.freight,
    totalMinor,
    paidMinor: source.shipped_date ? totalMinor + source.freight : 0n,
    refundedMinor: 0n,
    deliveredAt: null,
    cancelledAt: null,
    cancelReason: null,
    version: 1,
    shipToRecipient: source.ship_name,
    shipToStreet: source.ship_street,
    shipToCity: source.ship_city,
    shipToRegion: source.ship_region,
    shipToPostalCode: source.ship_postal_code,
    shipToCountry: source.ship_country,
  }
}

/**
 * Northwind has neither payments, invoices nor tracking numbers: a shipped order counts as paid and invoiced on the day it
 * shipped.
 */
function fulfil(
  source: SourceOrder,
  order: GivenRow<'Order'>,
  lines: GivenRow<'OrderLine'>[],
  invoiceNumber: string | undefined,
): Omit<OrderRows, 'order' | 'lines'> {
  const { order_id, order_date, shipped_date: shippedAt } = source
  if (shippedAt === null || invoiceNumber === undefined) return {}
  const amountMinor = order.totalMinor + order.freightMinor
  const ofOrder = { orderId: order.id, amountMinor }
  const shipment = {
    id: demoId('shipment', order_id, order_date),
    orderId: order.id,
    carrierId: demoId('carrier', source.carrier_id),
    trackingNumber: `NW-${order_id}`,
    shippedAt,
  }
  const shipmentLines = lines.map((line) => ({
    id: demoId('shipment-line', `${order_id}/${line.position}`, order_date),
    shipmentId: shipment.id,
    orderLineId: line.id,
    quantity: line.quantity,
  }))
  const paymentId = demoId('payment', order_id, order_date)
  return {
    shipment,
    shipmentLines,
    payment:
      amountMinor > 0n ? { id: paymentId, ...ofOrder, method: 'BANK_TRANSFER', receivedAt: shippedAt } : undefined,
    invoice: { id: demoId('invoice', order_id, order_date), ...ofOrder, number: invoiceNumber, issuedAt: shippedAt },
  }
}

/** Numbers without gaps within each year of shipping, in order of ship date and order number. */
function numberInvoices(orders: SourceOrder[]): Map<number, string> {
  const shipped = orders.flatMap(({ order_id, shipped_date }) => (shipped_date ? [{ order_id, shipped_date }] : []))
  shipped.sort((a, b) => a.shipped_date.getTime() - b.shipped_date.getTime() || a.order_id - b.order_id)
  const lastOfYear = new Map<number, number>()
  const numbers = new Map<number, string>()
  for (const { order_id, shipped_date } of shipped) {
    const year = shipped_date.getUTCFullYear()
    const count = (lastOfYear.get(year) ?? 0) + 1
    lastOfYear.set(year, count)
    numbers.set(order_id, `INV-${year}-${String(count).padStart(6, '0')}`)
  }
  return numbers
}

import { lineTotalMinor } from '../../src/commerce/money/line-total.ts'
import type { GivenRow } from '../copy.ts'
import type { OrderRows } from '../order-rows.ts'
import { blockSize, blockWindow, day, hour, lastCustomer, present } from './calendar.ts'
import { type Catalog, currency } from './catalog.ts'
import { customerSince, type GeneratedCustomer, generateCustomer } from './customer.ts'
import { type NonEmpty, Random } from './random.ts'

export const ordersPerCustomer = 20
export const firstOrderNumber = 1_000_001

interface Fate {
  status: 'DELIVERED' | 'SHIPPED' | 'PLACED' | 'PAID' | 'CANCELLED'
  weight: number
}

/** Some carriers report no deliveries, so some orders stay SHIPPED. */
const fates: NonEmpty<Fate> = [
  { status: 'DELIVERED', weight: 74 },
  { status: 'SHIPPED', weight: 16 },
  { status: 'PLACED', weight: 5 },
  { status: 'PAID', weight: 3 },
  { status: 'CANCELLED', weight: 2 },
]
const lineCounts: NonEmpty<{ lines: number; weight: number }> = [
  { lines: 1, weight: 28 },
  { lines: 2, weight: 27 },
  { lines: 3, weight: 20 },
  { lines: 4, weight: 13 },
  { lines: 5, weight: 8 },
  { lines: 6, weight: 4 },
]
const discounts: NonEmpty<{ basisPoints: number; weight: number }> = [
  { basisPoints: 0, weight: 62 },
  { basisPoints: 500, weight: 14 },
  { basisPoints: 1000, weight: 12 },
  { basisPoints: 1500, weight: 7 },
  { basisPoints: 2000, weight: 5 },
]
const companyPays = ['BANK_TRANSFER', 'BANK_TRANSFER', 'BANK_TRANSFER', 'CARD'] as const
const personPays = ['CARD', 'CARD', 'CARD', 'CARD', 'BANK_TRANSFER', 'CASH'] as const

/** The order of an index (from 0) with all its parts. Its customer is one of those that had joined by then. */
export function generateOrder(index: number, catalog: Catalog): OrderRows {
  const random = new Random('order', index)
  const { status } = random.weighted(fates)
  const placedAt = placingTime(random, status, index)
  const customer = generateCustomer(chooseCustomer(random, index, placedAt))
  const id = random.id(placedAt)
  const lines = generateLines(random, id, placedAt, catalog)
  const order = generateHeader(random, { id, index, placedAt, status, customer, lines })
  switch (status) {
    case 'CANCELLED':
      return { order, lines }
    case 'PLACED':
      return { order, lines, movements: stockUp(random, order, lines) }
    case 'PAID': {
      const settled = settle(random, order, lines, customer, random.time(placedAt, placedAt + day))
      return { ...settled, movements: stockUp(random, order, lines) }
    }
    case 'SHIPPED':
    case 'DELIVERED':
      return ship(random, order, lines, customer, catalog)
  }
}

/** An open order is a recent one. */
function placingTime(random: Random, status: Fate['status'], index: number): number {
  if (status === 'PLACED' || status === 'PAID') return random.time(lastCustomer, present - day)
  const { from, to } = blockWindow(Math.floor(index / blockSize))
  return random.time(from, to)
}

function chooseCustomer(random: Random, orderIndex: number, placedAt: number): number {
  const newest = Math.floor(orderIndex / ordersPerCustomer)
  let choice = random.skewed(0, newest, 2)
  while (customerSince(choice) > placedAt) choice = random.skewed(0, newest, 2)
  return choice
}

function generateLines(random: Random, orderId: string, placedAt: number, catalog: Catalog): GivenRow<'OrderLine'>[] {
  const { lines: count } = random.weighted(lineCounts)
  const used = new Set<number>()
  return Array.from({ length: count }, (_, index) => {
    let choice = random.skewed(0, catalog.products.length - 1, 3)
    while (used.has(choice)) choice = (choice + 1) % catalog.products.length
    used.add(choice)
    const product = catalog.products[choice] ?? catalog.products[0]
    return {
      id: random.id(placedAt),
      orderId,
      position: index + 1,
      productId: product.id,
      quantity: random.skewed(1, 20, 2),
      unitPriceMinor: product.unitPriceMinor,
      discountBp: random.weighted(discounts).basisPoints,
      shipped: 0,
      returned: 0,
    }
  })
}

interface HeaderParts {
  id: string
  index: number
  placedAt: number
  status: Fate['status']
  customer: GeneratedCustomer
  lines: GivenRow<'OrderLine'>[]
}

function generateHeader(
  random: Random,
  { id, index, placedAt, status, customer, lines }: HeaderParts,
): GivenRow<'Order'> {
  const { address } = customer
  const promised = placedAt + random.integer(7, 28) * day
  return {
    id,
    number: firstOrderNumber + index,
    customerId: customer.customer.id,
    carrierId: null,
    status,
    currency,
    placedAt: new Date(placedAt),
    requiredDate: random.chance(0.7) ? new Date(promised - (promised % day)) : null,
    shippedAt: null,
    freightMinor: random.chance(0.2) ? 0n : BigInt(random.integer(390, 900) + lines.length * 150),
    totalMinor: lines.reduce((total, line) => total + lineTotalMinor(line), 0n),
    paidMinor: 0n,
    refundedMinor: 0n,
    deliveredAt: null,
    cancelledAt: null,
    cancelReason: null,
    version: 1,
    shipToRecipient: address.recipient,
    shipToStreet: address.street,
    shipToCity: address.city,
    shipToRegion: address.region,
    shipToPostalCode: address.postalCode,
    shipToCountry: address.country,
  }
}

function ship(
  random: Random,
  order: GivenRow<'Order'>,
  lines: GivenRow<'OrderLine'>[],
  customer: GeneratedCustomer,
  catalog: Catalog,
): OrderRows {
  const shipped = order.placedAt.getTime() + random.time(4 * hour, 10 * day)
  const shippedAt = new Date(shipped)
  const carrierId = random.pick(catalog.carriers).id
  const trackingNumber = random.chance(0.9) ? random.pattern('@@#########') : null
  const shipment = { id: random.id(shipped), orderId: order.id, carrierId, trackingNumber, shippedAt }
  const shipmentLines = lines.map((line) => ({
    id: random.id(shipped),
    shipmentId: shipment.id,
    orderLineId: line.id,
    quantity: line.quantity,
  }))
  const gone = lines.map((line) => ({ ...line, shipped: line.quantity }))
  const settled = settle(random, { ...order, carrierId, shippedAt }, gone, customer, shipped)
  return { ...settled, shipment, shipmentLines }
}

/** Paid and invoiced in full. The number's prefix keeps it out of the series of real invoices, which has no gaps. */
function settle(
  random: Random,
  order: GivenRow<'Order'>,
  lines: GivenRow<'OrderLine'>[],
  { customer }: GeneratedCustomer,
  at: number,
): OrderRows {
  const amountMinor = order.totalMinor + order.freightMinor
  const time = new Date(at)
  const method = random.pick(customer.kind === 'COMPANY' ? companyPays : personPays)
  return {
    order: { ...order, paidMinor: amountMinor },
    lines,
    payment: { id: random.id(at), orderId: order.id, amountMinor, method, receivedAt: time },
    invoice: { id: random.id(at), number: `LT-${order.number}`, orderId: order.id, issuedAt: time, amountMinor },
  }
}

/** The reserved units of an open order were delivered for it, in the ledger as in the stock. */
function stockUp(
  random: Random,
  order: GivenRow<'Order'>,
  lines: GivenRow<'OrderLine'>[],
): GivenRow<'StockMovement'>[] {
  return lines.map(({ productId, quantity }) => ({
    id: random.id(order.placedAt.getTime()),
    productId,
    quantity,
    reason: 'DELIVERY',
    note: null,
    orderId: null,
    occurredAt: order.placedAt,
  }))
}

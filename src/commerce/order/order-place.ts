import type { Transaction } from '../../platform/database/transaction.ts'
import { uuidV7 } from '../../platform/database/uuid-v7.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { encodeId, parseId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText, requiredText } from '../../platform/mutations/text-input.ts'
import { changesOrders } from '../access.ts'
import { outside } from '../audiences.ts'
import { changeStock, lockProducts } from '../catalog/stock.ts'
import { customerIdOf } from '../customer/customer-input.ts'
import { formatMinor } from '../money/money.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { orderPlaced } from './order-events.ts'
import { draftLines, OrderLineInput, type PricedLine, priceLines, totalOf } from './order-lines.ts'

const OrderPlaceShipToInput = builder.inputType('OrderPlaceShipToInput', {
  description: 'Where an order goes.',
  fields: (t) => ({
    recipient: t.string({ sensitivity: 'personal', required: true, description: 'Who receives it.' }),
    street: t.string({ sensitivity: 'personal', required: true, description: 'Street and number.' }),
    city: t.string({ required: true, description: 'The city.' }),
    region: t.string({ description: 'The state or province.' }),
    postalCode: t.string({ sensitivity: 'personal', description: 'The postal code.' }),
    country: t.field({ type: 'CountryCode', required: true, description: 'The country.' }),
  }),
})

const OrderPlaceInput = builder.inputType('OrderPlaceInput', {
  description: 'An order to place.',
  fields: (t) => ({
    customerId: t.id({
      description: 'Who orders. Customers order for themselves and may leave it out; staff must say.',
    }),
    lines: t.field({ type: [OrderLineInput], required: true, description: 'What is ordered: 1 to 100 products.' }),
    shipTo: t.field({ type: OrderPlaceShipToInput, required: true, description: 'Where it goes.' }),
    carrierId: t.id({ description: 'Who is to carry it; the shop chooses unless it is said.' }),
    requiredDate: t.field({ type: 'Date', description: 'When it is wanted at the latest; not before today (UTC).' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.required }),
  }),
})

builder.mutationField('orderPlace', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'orderPlace',
      description: 'Places an order at today’s prices and reserves its stock. Freight is settled when it is shipped.',
      auth: changesOrders,
      input: OrderPlaceInput,
      idempotencyKey: 'required',
      readsFirst: true,
      inBulk: true,
      changes: { order: 'Order' },
      run: placeOrder,
    }),
  ),
)

async function placeOrder(input: typeof OrderPlaceInput.$inferInput, scope: Scope) {
  const { tx, errors, now } = scope
  const draft = draftOf(input, scope)
  errors.refuseIfAny()
  const productIds = draft.lines.map(({ productId }) => productId)
  const [products] = await Promise.all([lockProducts(tx, productIds), checkParties(tx, draft, errors)])
  const { lines, currency } = priceLines(draft.lines, products, errors)
  const id = uuidV7()
  const totalMinor = totalOf(lines, errors)
  const reserved = lines.map(({ productId, quantity }) => ({ productId, onHand: 0, reserved: quantity }))
  const created = tx.order.create({
    data: { id, ...draft.order, currency, placedAt: now, totalMinor },
    select: { number: true },
  })
  tx.$withCommit(
    tx.orderLine.createMany({ data: lines.map((line) => ({ ...line, orderId: id })) }),
    changeStock(scope, products, reserved, { reason: 'RESERVED', orderId: id }),
  )
  const { number } = await created
  emitOrderPlaced(scope, { id, number, totalMinor, customerId: draft.order.customerId, currency }, lines)
  return { order: id }
}

function emitOrderPlaced(
  { emit }: Scope,
  order: { id: string; number: number; customerId: string; totalMinor: bigint; currency: string },
  lines: readonly PricedLine[],
): void {
  emit(orderPlaced, {
    id: order.id,
    owner: order.customerId,
    payload: {
      orderId: encodeId('Order', order.id),
      number: order.number,
      customerId: encodeId('Customer', order.customerId),
      total: formatMinor(order.totalMinor, order.currency),
      currency: order.currency,
      lines: lines.map(({ productId, quantity }) => ({ productId: encodeId('Product', productId), quantity })),
    },
  })
}

type Draft = ReturnType<typeof draftOf>

/** Checks the input without the database: its form, and whom it may be for. */
function draftOf(input: typeof OrderPlaceInput.$inferInput, { viewer, errors, now }: Scope) {
  const { shipTo } = input
  return {
    lines: draftLines(input.lines, errors),
    order: {
      customerId: customerIdOf(input.customerId, viewer, errors),
      carrierId: carrierOf(input.carrierId, errors),
      requiredDate: requiredDateOf(input.requiredDate, now, errors),
      shipToRecipient: requiredText(errors, shipTo.recipient, ['shipTo', 'recipient']),
      shipToStreet: requiredText(errors, shipTo.street, ['shipTo', 'street']),
      shipToCity: requiredText(errors, shipTo.city, ['shipTo', 'city']),
      shipToRegion: optionalText(errors, shipTo.region, ['shipTo', 'region'], { max: 100 }),
      shipToPostalCode: optionalText(errors, shipTo.postalCode, ['shipTo', 'postalCode'], { max: 20 }),
      shipToCountry: shipTo.country,
    },
  }
}

function carrierOf(publicId: string | null | undefined, errors: Errors): string | null {
  if (publicId == null) return null
  const carrierId = parseId('Carrier', publicId)
  if (!carrierId) errors.add('CARRIER_UNKNOWN', ['carrierId'])
  return carrierId ?? null
}

function requiredDateOf(date: string | null | undefined, now: Date, errors: Errors): Date | null {
  if (date == null) return null
  if (date < now.toISOString().slice(0, 10)) errors.add('DATE_IN_PAST', ['requiredDate'])
  return new Date(`${date}T00:00:00Z`)
}

async function checkParties(tx: Transaction, { order }: Draft, errors: Errors): Promise<void> {
  const { customerId, carrierId } = order
  const [customers, carriers] = await Promise.all([
    tx.customer.count({ where: { id: customerId } }),
    carrierId === null ? 1 : tx.carrier.count({ where: { id: carrierId } }),
  ])
  if (customers === 0) errors.add('CUSTOMER_UNKNOWN', ['customerId'])
  if (carriers === 0) errors.add('CARRIER_UNKNOWN', ['carrierId'])
}

import { clientError } from '../../platform/errors.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { valuesServed } from '../../platform/graphql/enum-value-extensions.ts'
import { decodeId, idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { readsCustomers, readsOrders } from '../access.ts'
import { outside } from '../audiences.ts'
import { Money, MoneyRangeInput, minorRange, moneyOf } from '../money/money.ts'
import { actionsFor, orderActionValues } from '../order-lifecycle/order-states.ts'
import { orderAmounts } from './order-amounts.ts'

const rounding = 'Line totals are rounded to the minor unit half away from zero, and this is their sum.'

const OrderStatus = builder.enumType('OrderStatus', {
  description: 'How far an order has come.',
  values: {
    PLACED: { description: 'Placed: its stock is reserved.' },
    PAID: { description: 'Paid in full, nothing shipped yet.' },
    PARTIALLY_SHIPPED: { description: 'Some of it has been shipped.' },
    SHIPPED: { description: 'All of it has been shipped.' },
    DELIVERED: { description: 'It has arrived.' },
    CANCELLED: { description: 'Given up before it was shipped.' },
    PARTIALLY_RETURNED: { description: 'Some of it was sent back.' },
    RETURNED: { description: 'All of it was sent back.' },
  },
})

const OrderActionType = builder.enumType('OrderAction', {
  description: 'What can be done with an order, each by the mutation of its description.',
  values: orderActionValues,
})

const ShippingAddress = builder.prismaObject('Order', {
  subGraphs: outside,
  variant: 'ShippingAddress',
  description: 'Where an order goes. It is kept with the order and does not change with the customer.',
  select: declaredColumns,
  fields: (t) => ({
    recipient: t.exposeString('shipToRecipient', {
      nullable: true,
      sensitivity: 'personal',
      description: 'Who receives it.',
    }),
    street: t.exposeString('shipToStreet', {
      nullable: true,
      sensitivity: 'personal',
      description: 'Street and number.',
    }),
    postalCode: t.exposeString('shipToPostalCode', {
      nullable: true,
      sensitivity: 'personal',
      description: 'The postal code.',
    }),
    city: t.exposeString('shipToCity', { description: 'The city.' }),
    region: t.exposeString('shipToRegion', { nullable: true, description: 'The state or province.' }),
    country: t.expose('shipToCountry', { type: 'CountryCode', description: 'The country.' }),
  }),
})

builder.prismaObject('Order', {
  subGraphs: outside,
  description: 'What a customer bought at one time.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Order') }),
    number: t.exposeInt('number', { description: 'The number people know it by.' }),
    status: t.expose('status', { type: OrderStatus, description: 'How far it has come.' }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'The currency of all its amounts.' }),
    placedAt: t.expose('placedAt', { type: 'DateTime', description: 'When it was placed.' }),
    requiredDate: t.field({
      type: 'Date',
      nullable: true,
      description: 'When the customer wants it at the latest.',
      select: { requiredDate: true },
      resolve: ({ requiredDate }) => requiredDate?.toISOString().slice(0, 10) ?? null,
    }),
    shippedAt: t.expose('shippedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last of it was shipped.',
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was confirmed that it arrived.',
    }),
    cancelledAt: t.expose('cancelledAt', { type: 'DateTime', nullable: true, description: 'When it was given up.' }),
    cancelReason: t.exposeString('cancelReason', {
      nullable: true,
      sensitivity: 'personal',
      description: 'Why it was given up.',
    }),
    subtotal: t.field({
      type: Money,
      cost: 1,
      description: 'Its lines at their unit prices, before discounts.',
      select: { id: true, currency: true },
      resolve: async ({ id, currency }, _args, { loaders }) => {
        const { subtotalMinor } = await loaders.load(orderAmounts, id)
        return { minor: subtotalMinor, currency }
      },
    }),
    discount: t.field({
      type: Money,
      cost: 1,
      description: 'What the discounts of its lines take off: the subtotal less the total.',
      select: { id: true, currency: true },
      resolve: async ({ id, currency }, _args, { loaders }) => {
        const { subtotalMinor, totalMinor } = await loaders.load(orderAmounts, id)
        return { minor: subtotalMinor - totalMinor, currency }
      },
    }),
    total: t.field({
      type: Money,
      description: `What its lines cost, without freight. ${rounding}`,
      select: { totalMinor: true, currency: true },
      resolve: ({ totalMinor, currency }) => ({ minor: totalMinor, currency }),
    }),
    freight: t.field({
      type: Money,
      description: 'What its transport costs.',
      select: { freightMinor: true, currency: true },
      resolve: ({ freightMinor, currency }) => ({ minor: freightMinor, currency }),
    }),
    grandTotal: t.field({
      type: Money,
      description: 'What the customer owes for it: the total and the freight.',
      select: { totalMinor: true, freightMinor: true, currency: true },
      resolve: ({ totalMinor, freightMinor, currency }) => ({ minor: totalMinor + freightMinor, currency }),
    }),
    amountPaid: t.field({
      type: Money,
      description: 'What was received for it.',
      select: { paidMinor: true, currency: true },
      resolve: ({ paidMinor, currency }) => ({ minor: paidMinor, currency }),
    }),
    amountRefunded: t.field({
      type: Money,
      description: 'What of that was given back.',
      select: { refundedMinor: true, currency: true },
      resolve: ({ refundedMinor, currency }) => ({ minor: refundedMinor, currency }),
    }),
    balance: t.field({
      type: Money,
      description: 'What was received and not given back: payments less refunds.',
      select: { paidMinor: true, refundedMinor: true, currency: true },
      resolve: ({ paidMinor, refundedMinor, currency }) => ({ minor: paidMinor - refundedMinor, currency }),
    }),
    version: t.exposeInt('version', { description: 'Goes up with every change; updates name the one they saw.' }),
    availableActions: t.field({
      type: [OrderActionType],
      listSize: 1,
      description: 'What this viewer may do with it now.',
      select: { status: true, paidMinor: true, refundedMinor: true },
      resolve: (order, _args, context) => valuesServed('OrderAction', actionsFor(context.viewer, order), context),
    }),
    shipTo: t.variant(ShippingAddress, { description: 'Where it goes.' }),
    customer: t.relation('customer', { nullable: true, auth: readsCustomers, description: 'Who placed it.' }),
    carrier: t.relation('carrier', { nullable: true, description: 'Who is to carry it.' }),
    lines: t.relation('lines', {
      listSize: 10,
      description: 'What was bought, in the order it was entered.',
      query: { orderBy: { position: 'asc' } },
    }),
    shipments: t.relation('shipments', {
      listSize: 3,
      description: 'What was sent, oldest first.',
      query: { orderBy: [{ shippedAt: 'asc' }, { id: 'asc' }] },
    }),
    returns: t.relation('returns', {
      listSize: 3,
      description: 'What came back, oldest first.',
      query: { orderBy: [{ returnedAt: 'asc' }, { id: 'asc' }] },
    }),
    payments: t.relation('payments', {
      listSize: 3,
      description: 'What was paid, oldest first.',
      query: { orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }] },
    }),
    refunds: t.relation('refunds', {
      listSize: 3,
      description: 'What was given back, oldest first.',
      query: { orderBy: [{ refundedAt: 'asc' }, { id: 'asc' }] },
    }),
    creditNotes: t.relation('creditNotes', {
      listSize: 3,
      description: 'Its credit notes, oldest first.',
      query: { orderBy: [{ issuedAt: 'asc' }, { id: 'asc' }] },
    }),
    invoice: t.relation('invoice', { nullable: true, description: 'Its invoice, once it is issued.' }),
  }),
})

const DateTimeRange = builder.inputType('DateTimeRange', {
  description: 'A span of time; a missing end is open.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'The first moment that matches.' }),
    until: t.field({ type: 'DateTime', description: 'The first moment that no longer matches.' }),
  }),
})

export const OrderFilter = builder.inputType('OrderFilter', {
  description: 'Which orders; all conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: [OrderStatus], description: 'Orders that have come this far: any of these.' }),
    placed: t.field({ type: DateTimeRange, description: 'Orders placed in this span of time.' }),
    customerId: t.id({ description: 'Orders of this customer.' }),
    shipToCountry: t.field({ type: 'CountryCode', description: 'Orders that go to this country.' }),
    total: t.field({ type: MoneyRangeInput, description: 'Orders whose total, without freight, is in this range.' }),
    unshipped: t.boolean({ description: 'Whether something of it is still to be shipped.' }),
  }),
})

/** A cancelled order has no shipping date either, and nothing of it will be shipped. */
const stillToShip = { shippedAt: null, status: { not: 'CANCELLED' as const } }
const nothingToShip = { OR: [{ shippedAt: { not: null } }, { status: 'CANCELLED' as const }] }

/** The orders of a filter. */
export function orderConditions({
  status,
  placed,
  customerId,
  shipToCountry,
  total,
  unshipped,
}: typeof OrderFilter.$inferInput) {
  return [
    ...(status == null ? [] : [{ status: { in: [...new Set(status)] } }]),
    ...(placed?.from == null ? [] : [{ placedAt: { gte: placed.from } }]),
    ...(placed?.until == null ? [] : [{ placedAt: { lt: placed.until } }]),
    ...(customerId == null ? [] : [{ customerId: decodeId('Customer', customerId) }]),
    ...(shipToCountry == null ? [] : [{ shipToCountry }]),
    ...(total == null ? [] : [{ currency: total.currency, totalMinor: minorRange(total) }]),
    ...(unshipped == null ? [] : [unshipped ? stillToShip : nothingToShip]),
  ]
}

const orderList = listOf({
  model: 'Order',
  sorts: {
    PLACED_AT: { column: 'placedAt', description: 'By when they were placed.' },
    NUMBER: { column: 'number', unique: true, description: 'By number.' },
    TOTAL: { column: 'totalMinor', description: 'By total, without freight.' },
  },
  defaultSort: { field: 'PLACED_AT', direction: 'DESC' },
  aggregate: {
    total: {
      column: 'totalMinor',
      per: 'currency',
      ...moneyOf,
      isSummed: true,
      description: 'The total, without freight.',
    },
    freight: {
      column: 'freightMinor',
      per: 'currency',
      ...moneyOf,
      isSummed: true,
      description: 'What transport costs.',
    },
    placedAt: { column: 'placedAt', type: 'DateTime', description: 'When it was placed.' },
  },
  filter: {
    type: OrderFilter,
    description: 'Which orders.',
    where: (filter) => orderConditions(filter),
  },
})

builder.prismaObjectField('Customer', 'orders', (t) =>
  t.field(orderList.related('Customer', 'orders', { description: 'Their orders.', auth: readsOrders })),
)

builder.queryFields((t) => ({
  orders: t.field(
    orderList.connection({ subGraphs: outside, description: 'The orders this viewer sees.', auth: readsOrders }),
  ),
  order: t.field(
    orderList.one({
      subGraphs: outside,
      auth: readsOrders,
      description: 'One order, by its id or its number; null where there is none, or none this viewer may see.',
      args: {
        id: t.arg.id({ description: 'Its id.' }),
        number: t.arg.int({ description: 'Its number.' }),
      },
      where: ({ id, number }) => {
        if ((id == null) === (number == null))
          throw clientError('BAD_USER_INPUT', 'Give `id` or `number`, one of the two.')
        return id == null ? { number: number ?? 0 } : { id: decodeId('Order', id) }
      },
    }),
  ),
}))

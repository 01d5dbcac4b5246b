import { Prisma } from '../../src/generated/prisma/client.ts'
import { OrderStatus as statuses } from '../../src/generated/prisma/enums.ts'
import { builder } from './builder.ts'
import { prisma } from './client.ts'
import './order-place.ts'

interface MoneyShape {
  minor: bigint
  currency: string
}

const Money = builder.objectRef<MoneyShape>('Money').implement({
  fields: (t) => ({
    amount: t.string({ resolve: ({ minor }) => new Prisma.Decimal(minor.toString()).div(100).toFixed(2) }),
    currency: t.exposeString('currency'),
  }),
})

const OrderStatus = builder.enumType('OrderStatus', { values: Object.values(statuses) })

builder.prismaObject('Category', { fields: (t) => ({ id: t.exposeID('id'), name: t.exposeString('name') }) })
builder.prismaObject('Supplier', { fields: (t) => ({ id: t.exposeID('id'), name: t.exposeString('name') }) })

builder.prismaObject('Product', {
  fields: (t) => ({
    id: t.exposeID('id'),
    sku: t.exposeString('sku'),
    name: t.exposeString('name'),
    packaging: t.exposeString('packaging', { nullable: true }),
    discontinued: t.exposeBoolean('discontinued'),
    version: t.exposeInt('version'),
    unitPrice: t.field({
      type: Money,
      resolve: ({ unitPriceMinor, currency }) => ({ minor: unitPriceMinor, currency }),
    }),
    category: t.relation('category'),
    supplier: t.relation('supplier'),
  }),
})

builder.prismaObject('OrderLine', {
  fields: (t) => ({
    id: t.exposeID('id'),
    quantity: t.exposeInt('quantity'),
    total: t.field({
      type: Money,
      select: { quantity: true, unitPriceMinor: true, discountBp: true, order: { select: { currency: true } } },
      resolve: ({ quantity, unitPriceMinor, discountBp, order }) => ({
        minor: (BigInt(quantity) * unitPriceMinor * BigInt(10_000 - discountBp) + 5000n) / 10_000n,
        currency: order.currency,
      }),
    }),
    product: t.relation('product'),
  }),
})

builder.prismaObject('Order', {
  fields: (t) => ({
    id: t.exposeID('id'),
    number: t.exposeInt('number'),
    status: t.expose('status', { type: OrderStatus }),
    placedAt: t.expose('placedAt', { type: 'DateTime' }),
    total: t.field({ type: Money, resolve: ({ totalMinor, currency }) => ({ minor: totalMinor, currency }) }),
    grandTotal: t.field({
      type: Money,
      resolve: ({ totalMinor, freightMinor, currency }) => ({ minor: totalMinor + freightMinor, currency }),
    }),
    customer: t.relation('customer'),
    lines: t.relation('lines', { query: { orderBy: { position: 'asc' } } }),
  }),
})

builder.prismaObject('Customer', {
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    orderCount: t.relationCount('orders'),
    orders: t.relatedConnection('orders', {
      cursor: 'id',
      totalCount: true,
      query: { orderBy: [{ placedAt: 'desc' }, { id: 'desc' }] },
    }),
  }),
})

const OrderFilter = builder.inputType('OrderFilter', { fields: (t) => ({ status: t.field({ type: [OrderStatus] }) }) })
const OrderSort = builder.inputType('OrderSort', {
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('OrderSortField', { values: ['PLACED_AT', 'TOTAL'] as const }),
      required: true,
    }),
    direction: t.field({
      type: builder.enumType('SortDirection', { values: ['ASC', 'DESC'] as const }),
      required: true,
    }),
  }),
})

function orderBy({ field, direction }: typeof OrderSort.$inferInput): Prisma.OrderOrderByWithRelationInput[] {
  const to = direction === 'ASC' ? 'asc' : 'desc'
  return [field === 'TOTAL' ? { totalMinor: to } : { placedAt: to }, { id: to }]
}

builder.queryType({
  fields: (t) => ({
    product: t.prismaField({
      type: 'Product',
      nullable: true,
      args: { sku: t.arg.string({ required: true }) },
      resolve: (query, _root, { sku }) => prisma.product.findUnique({ ...query, where: { sku } }),
    }),
    products: t.prismaConnection({
      type: 'Product',
      cursor: 'id',
      resolve: (query) => prisma.product.findMany({ ...query, orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
    }),
    customer: t.prismaField({
      type: 'Customer',
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (query, _root, { id }) => prisma.customer.findUnique({ ...query, where: { id } }),
    }),
    orders: t.prismaConnection({
      type: 'Order',
      cursor: 'id',
      args: { filter: t.arg({ type: OrderFilter }), sort: t.arg({ type: OrderSort }) },
      resolve: (query, _root, { filter, sort }) =>
        prisma.order.findMany({
          ...query,
          ...(filter?.status ? { where: { status: { in: filter.status } } } : {}),
          orderBy: orderBy(sort ?? { field: 'PLACED_AT', direction: 'DESC' }),
        }),
    }),
  }),
})

export const schema = builder.toSchema()

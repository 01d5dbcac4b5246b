import { everyone } from '../../platform/auth/rule.ts'
import type { LoaderDefinition } from '../../platform/context.ts'
import { clientError } from '../../platform/errors.ts'
import { backOfficeOnly } from '../../platform/graphql/audiences.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { decodeId, idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { readsSales, readsStock } from '../access.ts'
import { forPartners, outside } from '../audiences.ts'
import { Money, MoneyRangeInput, minorRange, moneyOf } from '../money/money.ts'
import { containsText } from '../text-search.ts'
import { stockMovementList } from './stock-movement.ts'

/** Units on the lines of all orders, except cancelled ones. */
const unitsSold: LoaderDefinition<string, number> = {
  fallback: 0,
  batch: async (ids, { db }) => {
    const sums = await db.orderLine.groupBy({
      by: ['productId'],
      where: { productId: { in: [...ids] }, order: { status: { not: 'CANCELLED' } } },
      _sum: { quantity: true },
    })
    return new Map(sums.map(({ productId, _sum }) => [productId, _sum.quantity ?? 0]))
  },
}

const ProductStock = builder.prismaObject('Product', {
  subGraphs: outside,
  variant: 'ProductStock',
  description: 'The stock of a product.',
  select: declaredColumns,
  fields: (t) => ({
    onHand: t.exposeInt('stockOnHand', { description: 'Units in the warehouse.' }),
    reserved: t.exposeInt('stockReserved', { description: 'Units of these that orders not yet shipped wait for.' }),
    reorderLevel: t.exposeInt('reorderLevel', { description: 'When fewer than these are available, buy more.' }),
  }),
})

builder.prismaObject('Product', {
  subGraphs: outside,
  description: 'Something the shop sells.',
  keys: ['sku'],
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      cacheable: true,
      description: 'The global id.',
      select: { id: true },
      resolve: idOf('Product'),
    }),
    sku: t.exposeString('sku', { description: 'The stock keeping unit: the code people order by.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    packaging: t.exposeString('packaging', { nullable: true, description: 'What one unit is: "24 - 12 oz bottles".' }),
    unitPrice: t.field({
      type: Money,
      cacheable: true,
      description: 'The price of one unit today.',
      select: { unitPriceMinor: true, currency: true },
      resolve: ({ unitPriceMinor, currency }) => ({ minor: unitPriceMinor, currency }),
    }),
    discontinued: t.exposeBoolean('discontinued', { description: 'No longer sold: it cannot be ordered.' }),
    available: t.int({
      description: 'Units that can be ordered now: those on hand, less those reserved for orders.',
      select: { stockOnHand: true, stockReserved: true },
      resolve: ({ stockOnHand, stockReserved }) => stockOnHand - stockReserved,
    }),
    stock: t.variant(ProductStock, {
      subGraphs: forPartners,
      isNull: () => false,
      auth: readsStock,
      description: 'The stock in detail.',
    }),
    unitsSold: t.int({
      nullable: true,
      subGraphs: backOfficeOnly,
      auth: readsSales,
      cost: 1,
      description: 'Units on the lines of all orders that were not cancelled.',
      select: { id: true },
      resolve: ({ id }, _args, { loaders }) => loaders.load(unitsSold, id),
    }),
    stockMovements: t.field(
      stockMovementList.related('Product', 'movements', {
        auth: readsStock,
        description: 'How its units on hand came about: the ledger of its stock, newest first.',
      }),
    ),
    version: t.exposeInt('version', {
      subGraphs: forPartners,
      description: 'Goes up with every change but those of its stock; updates name the one they saw.',
    }),
    category: t.relation('category', { description: 'The part of the catalogue it belongs to.' }),
    supplier: t.relation('supplier', { description: 'The company it is bought from.' }),
  }),
})

const ProductFilter = builder.inputType('ProductFilter', {
  description: 'Which products; all conditions must hold.',
  fields: (t) => ({
    categoryId: t.id({ description: 'Products of this category.' }),
    supplierId: t.id({ description: 'Products bought from this supplier.' }),
    price: t.field({ type: MoneyRangeInput, description: 'Products whose unit price is in this range.' }),
    nameContains: t.string({ description: 'Products with this text in their name, in any case and with any accents.' }),
    inStock: t.boolean({ description: 'Whether any unit can be ordered now.' }),
    discontinued: t.boolean({ description: 'Whether they are no longer sold.' }),
  }),
})

export const productList = listOf({
  model: 'Product',
  sorts: {
    NAME: { column: 'name', description: 'By name.' },
    SKU: { column: 'sku', unique: true, description: 'By stock keeping unit.' },
    PRICE: { column: 'unitPriceMinor', description: 'By unit price.' },
  },
  defaultSort: { field: 'NAME', direction: 'ASC' },
  aggregate: {
    unitPrice: { column: 'unitPriceMinor', per: 'currency', ...moneyOf, description: 'The price of one unit today.' },
  },
  filter: {
    type: ProductFilter,
    description: 'Which products.',
    cacheable: true,
    where: ({ categoryId, supplierId, price, nameContains, inStock, discontinued }, { db }) => {
      const reserved = db.product.fields.stockReserved
      return [
        ...(categoryId == null ? [] : [{ categoryId: decodeId('Category', categoryId) }]),
        ...(supplierId == null ? [] : [{ supplierId: decodeId('Supplier', supplierId) }]),
        ...(price == null ? [] : [{ currency: price.currency, unitPriceMinor: minorRange(price) }]),
        ...(nameContains == null ? [] : [{ nameFolded: containsText(nameContains) }]),
        ...(inStock == null ? [] : [{ stockOnHand: inStock ? { gt: reserved } : { lte: reserved } }]),
        ...(discontinued == null ? [] : [{ discontinued }]),
      ]
    },
  },
})

builder.queryFields((t) => ({
  products: t.field(
    productList.connection({ subGraphs: outside, description: 'The products of the catalogue.', auth: everyone }),
  ),
  product: t.field(
    productList.one({
      subGraphs: outside,
      auth: everyone,
      description: 'One product, by its id or its SKU; null where there is none.',
      args: {
        id: t.arg.id({ description: 'Its id.' }),
        sku: t.arg.string({ description: 'Its stock keeping unit.' }),
      },
      where: ({ id, sku }) => {
        if ((id == null) === (sku == null)) throw clientError('BAD_USER_INPUT', 'Give `id` or `sku`, one of the two.')
        return id == null ? { sku: sku ?? '' } : { id: decodeId('Product', id) }
      },
    }),
  ),
}))

import { builder } from '../../platform/graphql/builder.ts'
import { decodeId } from '../../platform/graphql/ids.ts'
import { report } from '../../platform/reports/report.ts'
import { minus, rowsOf, times } from '../../platform/reports/vocabulary.ts'
import { readsReports, readsStock } from '../access.ts'
import { moneyOf } from '../money/money.ts'

const product = rowsOf('Product')
const onHand = product.number('stockOnHand')
const reserved = product.number('stockReserved')
const available = minus(onHand, reserved)

const StockFilter = builder.inputType('StockFilter', {
  description: 'Which products; all conditions must hold.',
  fields: (t) => ({
    categoryId: t.id({ description: 'Products of this category.' }),
    supplierId: t.id({ description: 'Products bought from this supplier.' }),
    discontinued: t.boolean({ description: 'Whether they are no longer sold.' }),
  }),
})

report({
  name: 'stockReport',
  of: product,
  description: 'The stock as it is now.',
  auth: readsReports,
  filter: {
    type: StockFilter,
    description: 'Which products.',
    where: ({ categoryId, supplierId, discontinued }) => [
      ...(categoryId == null ? [] : [{ categoryId: decodeId('Category', categoryId) }]),
      ...(supplierId == null ? [] : [{ supplierId: decodeId('Supplier', supplierId) }]),
      ...(discontinued == null ? [] : [{ discontinued }]),
    ],
  },
  by: {
    CATEGORY: product.object('Category', 'categoryId', { sortedBy: 'category.name', description: 'The category.' }),
    SUPPLIER: product.object('Supplier', 'supplierId', {
      sortedBy: 'supplier.name',
      description: 'The company it is bought from.',
    }),
    PRODUCT: product.object('Product', 'id', { sortedBy: 'name', description: 'The product.' }),
    CURRENCY: product.value('currency', 'CurrencyCode', {
      description: 'The currency of the price. Rows with amounts are grouped by it, asked for or not.',
    }),
  },
  unit: 'CURRENCY',
  measures: {
    PRODUCTS: product.count({ description: 'How many products.' }),
    AVAILABLE: product.sum(available, { description: 'Units that can be ordered now.' }),
    ON_HAND: product.sum(onHand, { auth: readsStock, description: 'Units in the warehouse.' }),
    RESERVED: product.sum(reserved, { auth: readsStock, description: 'Units that orders not yet shipped wait for.' }),
    TO_REORDER: product.countAbove(minus(product.number('reorderLevel'), available), {
      auth: readsStock,
      description: 'How many products have fewer units available than their reorder level.',
    }),
    VALUE: product.amount(times(onHand, product.number('unitPriceMinor')), moneyOf, {
      auth: readsStock,
      description: 'Units in the warehouse at the unit prices of today.',
    }),
  },
})

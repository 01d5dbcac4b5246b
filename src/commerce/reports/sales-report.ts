import { builder } from '../../platform/graphql/builder.ts'
import { decodeId } from '../../platform/graphql/ids.ts'
import { report } from '../../platform/reports/report.ts'
import { constant, minus, rounded, rowsOf, times } from '../../platform/reports/vocabulary.ts'
import { readsCustomers, readsReports } from '../access.ts'
import { moneyOf } from '../money/money.ts'
import { OrderFilter, orderConditions } from '../order/order.ts'

const line = rowsOf('OrderLine')
const units = line.number('quantity')
const gross = times(units, line.number('unitPriceMinor'))
/** The part of the price that is paid: a discount of 1 is a hundredth of a per cent. */
const paidPart = times(minus(constant('10000'), line.number('discountBp')), constant('0.0001'))
const exactNet = times(gross, paidPart)
/** As `lineTotalMinor` has it. */
const net = rounded(exactNet)

const SalesFilter = builder.inputType('SalesFilter', {
  description: 'Which sales; all conditions must hold.',
  fields: (t) => ({
    orders: t.field({
      type: OrderFilter,
      description: 'Lines of these orders. Cancelled orders count only where `status` names `CANCELLED`.',
    }),
    categoryId: t.id({ description: 'Lines of products of this category.' }),
    productId: t.id({ description: 'Lines of this product.' }),
  }),
})

report({
  name: 'salesReport',
  of: line,
  description:
    'What was ordered: the lines of the orders that this viewer sees, without freight. Cancelled orders do not count, unless ' +
    'the filter names them; returns are not subtracted.',
  auth: readsReports,
  filter: {
    type: SalesFilter,
    description: 'Which sales.',
    where: ({ orders, categoryId, productId }) => [
      ...(orders == null ? [] : [{ order: { AND: orderConditions(orders) } }]),
      ...(categoryId == null ? [] : [{ product: { categoryId: decodeId('Category', categoryId) } }]),
      ...(productId == null ? [] : [{ productId: decodeId('Product', productId) }]),
    ],
  },
  where: (filter) => (filter?.orders?.status == null ? [{ order: { status: { not: 'CANCELLED' } } }] : []),
  by: {
    DAY: line.calendar('DAY', 'order.placedAt', { description: 'The day on which the order was placed.' }),
    MONTH: line.calendar('MONTH', 'order.placedAt', { description: 'The month in which the order was placed.' }),
    QUARTER: line.calendar('QUARTER', 'order.placedAt', { description: 'The quarter in which the order was placed.' }),
    YEAR: line.calendar('YEAR', 'order.placedAt', { description: 'The year in which the order was placed.' }),
    COUNTRY: line.value('order.shipToCountry', 'CountryCode', { description: 'The country that the order goes to.' }),
    CURRENCY: line.value('order.currency', 'CurrencyCode', {
      description: 'The currency. Rows with amounts are grouped by it, asked for or not.',
    }),
    CATEGORY: line.object('Category', 'product.categoryId', {
      sortedBy: 'product.category.name',
      description: 'The category that the product belongs to now.',
    }),
    PRODUCT: line.object('Product', 'productId', { sortedBy: 'product.name', description: 'The product.' }),
    CUSTOMER: line.object('Customer', 'order.customerId', {
      sortedBy: 'order.customer.name',
      auth: readsCustomers,
      description: 'The customer who placed the order.',
    }),
  },
  unit: 'CURRENCY',
  measures: {
    ORDERS: line.distinct('orderId', { description: 'How many orders have such lines.' }),
    UNITS: line.sum(units, { description: 'How many units were ordered.' }),
    GROSS: line.amount(gross, moneyOf, { description: 'Quantity times unit price, before discounts.' }),
    DISCOUNT: line.amount(minus(gross, net), moneyOf, { description: 'What the discounts take off: gross less net.' }),
    NET: line.amount(net, moneyOf, {
      description:
        'What the lines cost, each rounded to the minor unit as on its order: the totals of whole orders add up to it.',
    }),
    EXACT_NET: line.amount(exactNet, moneyOf, {
      description: 'Net without the rounding of each line: rounded once, half away from zero, in each row.',
    }),
  },
})

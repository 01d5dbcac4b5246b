import { report } from '../../platform/reports/report.ts'
import { minus, plus, rowsOf } from '../../platform/reports/vocabulary.ts'
import { readsCustomers, readsReports } from '../access.ts'
import { moneyOf } from '../money/money.ts'
import { OrderFilter, orderConditions } from '../order/order.ts'

const order = rowsOf('Order')
const owed = plus(order.number('totalMinor'), order.number('freightMinor'))
const paid = order.number('paidMinor')
const open = minus(owed, paid)

report({
  name: 'receivablesReport',
  of: order,
  description:
    'What customers still owe: the orders that this viewer sees which are not cancelled and not paid in full. Amounts are those ' +
    'of now.',
  auth: readsReports,
  filter: { type: OrderFilter, description: 'Which orders.', where: (filter) => orderConditions(filter) },
  where: () => [{ status: { not: 'CANCELLED' } }],
  above: open,
  by: {
    AGE: order.age('placedAt', [30, 60, 90], { description: 'For how many days the order has been placed.' }),
    MONTH: order.calendar('MONTH', 'placedAt', { description: 'The month in which the order was placed.' }),
    COUNTRY: order.value('customer.country', 'CountryCode', {
      auth: readsCustomers,
      description: 'The country that the customer is in.',
    }),
    CURRENCY: order.value('currency', 'CurrencyCode', {
      description: 'The currency. Rows with amounts are grouped by it, asked for or not.',
    }),
    CUSTOMER: order.object('Customer', 'customerId', {
      sortedBy: 'customer.name',
      auth: readsCustomers,
      description: 'The customer who owes it.',
    }),
  },
  unit: 'CURRENCY',
  measures: {
    ORDERS: order.count({ description: 'How many orders are not paid in full.' }),
    OWED: order.amount(owed, moneyOf, { description: 'What these orders cost with their freight.' }),
    PAID: order.amount(paid, moneyOf, { description: 'What was received for them, refunds not subtracted.' }),
    OPEN: order.amount(open, moneyOf, { description: 'What is still to be paid: owed less paid.' }),
  },
})

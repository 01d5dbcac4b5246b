import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'
import { lineTotalMinor } from '../money/line-total.ts'
import { Money } from '../money/money.ts'

builder.prismaObject('OrderLine', {
  subGraphs: outside,
  description: 'One product of an order.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('OrderLine') }),
    position: t.exposeInt('position', { description: 'Its place in the order, from 1.' }),
    quantity: t.exposeInt('quantity', { description: 'How many units.' }),
    unitPrice: t.field({
      type: Money,
      description: 'The price of one unit when the order was placed.',
      select: { unitPriceMinor: true, order: { select: { currency: true } } },
      resolve: ({ unitPriceMinor, order }) => ({ minor: unitPriceMinor, currency: order.currency }),
    }),
    discount: t.field({
      type: 'Decimal',
      description: 'What is taken off, as a part of the whole: `"0.15"` is 15 %.',
      select: { discountBp: true },
      resolve: ({ discountBp }) => String(discountBp / 10_000),
    }),
    total: t.field({
      type: Money,
      description:
        'Quantity times unit price, less the discount, rounded to the minor unit half away from zero. An order’s total ' +
        'is the sum of these.',
      select: { quantity: true, unitPriceMinor: true, discountBp: true, order: { select: { currency: true } } },
      resolve: ({ order, ...line }) => ({ minor: lineTotalMinor(line), currency: order.currency }),
    }),
    shipped: t.exposeInt('shipped', { description: 'How many of the units were shipped.' }),
    returned: t.exposeInt('returned', { description: 'How many of the shipped units came back.' }),
    product: t.relation('product', { description: 'What was bought.' }),
    order: t.relation('order', { description: 'The order it belongs to.' }),
  }),
})

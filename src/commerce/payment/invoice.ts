import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'
import { Money } from '../money/money.ts'

builder.prismaObject('Invoice', {
  subGraphs: outside,
  description: 'The bill for an order.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Invoice') }),
    number: t.exposeString('number', { description: 'Its number, which no other invoice has.' }),
    issuedAt: t.expose('issuedAt', { type: 'DateTime', description: 'When it was issued.' }),
    amount: t.field({
      type: Money,
      description: 'What is to be paid: the order’s total and freight.',
      select: { amountMinor: true, order: { select: { currency: true } } },
      resolve: ({ amountMinor, order }) => ({ minor: amountMinor, currency: order.currency }),
    }),
    balance: t.field({
      type: Money,
      description: 'What is left of it after credit notes: what the shop received and keeps.',
      select: { order: { select: { paidMinor: true, refundedMinor: true, currency: true } } },
      resolve: ({ order }) => ({ minor: order.paidMinor - order.refundedMinor, currency: order.currency }),
    }),
    order: t.relation('order', { description: 'The order it is for.' }),
  }),
})

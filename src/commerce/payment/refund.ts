import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'
import { Money } from '../money/money.ts'

builder.prismaObject('Refund', {
  subGraphs: outside,
  description: 'Money given back for an order.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Refund') }),
    amount: t.field({
      type: Money,
      description: 'How much.',
      select: { amountMinor: true, order: { select: { currency: true } } },
      resolve: ({ amountMinor, order }) => ({ minor: amountMinor, currency: order.currency }),
    }),
    reason: t.exposeString('reason', { nullable: true, sensitivity: 'personal', description: 'Why.' }),
    refundedAt: t.expose('refundedAt', { type: 'DateTime', description: 'When.' }),
    creditNote: t.relation('creditNote', { nullable: true, description: 'The credit note for it.' }),
    order: t.relation('order', { description: 'The order it was paid for.' }),
  }),
})

builder.prismaObject('CreditNote', {
  subGraphs: outside,
  description: 'What takes back a part of an invoice, or all of it.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('CreditNote') }),
    number: t.exposeString('number', { description: 'Its number, which no other credit note has.' }),
    issuedAt: t.expose('issuedAt', { type: 'DateTime', description: 'When it was issued.' }),
    amount: t.field({
      type: Money,
      description: 'What is given back.',
      select: { amountMinor: true, order: { select: { currency: true } } },
      resolve: ({ amountMinor, order }) => ({ minor: amountMinor, currency: order.currency }),
    }),
    order: t.relation('order', { description: 'The order it is for.' }),
  }),
})

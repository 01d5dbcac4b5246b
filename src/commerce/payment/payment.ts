import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'
import { Money } from '../money/money.ts'

export const PaymentMethod = builder.enumType('PaymentMethod', {
  description: 'How something was paid.',
  values: {
    CARD: { description: 'By card.' },
    BANK_TRANSFER: { description: 'By bank transfer.' },
    CASH: { description: 'In cash.' },
  },
})

builder.prismaObject('Payment', {
  subGraphs: outside,
  description: 'Money received for an order.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Payment') }),
    amount: t.field({
      type: Money,
      description: 'How much.',
      select: { amountMinor: true, order: { select: { currency: true } } },
      resolve: ({ amountMinor, order }) => ({ minor: amountMinor, currency: order.currency }),
    }),
    method: t.expose('method', { type: PaymentMethod, description: 'How it was paid.' }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it arrived.' }),
    order: t.relation('order', { description: 'The order it is for.' }),
  }),
})

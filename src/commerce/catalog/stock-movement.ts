import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { readsOrders } from '../access.ts'
import { forPartners } from '../audiences.ts'

const StockMovementReason = builder.enumType('StockMovementReason', {
  description: 'Why units came or left.',
  values: {
    OPENING: { description: 'They were there when the ledger began.' },
    DELIVERY: { description: 'A supplier delivered, or took back.' },
    COUNT: { description: 'A count found more or fewer than the books.' },
    DAMAGE: { description: 'Units were lost or spoiled.' },
    SHIPPED: { description: 'They were sent to a customer.' },
    RETURNED: { description: 'They came back from a customer.' },
  },
})

builder.prismaObject('StockMovement', {
  subGraphs: forPartners,
  description: 'Units that came into the warehouse or left it: an entry of a ledger whose sum is what is on hand.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'The global id.',
      select: { id: true },
      resolve: idOf('StockMovement'),
    }),
    quantity: t.exposeInt('quantity', { description: 'How many units came, or, below zero, how many left.' }),
    reason: t.expose('reason', { type: StockMovementReason, description: 'Why.' }),
    note: t.exposeString('note', {
      nullable: true,
      sensitivity: 'personal',
      description: 'What was remembered about it.',
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
    order: t.relation('order', { nullable: true, auth: readsOrders, description: 'The order it was for, if any.' }),
  }),
})

export const stockMovementList = listOf({
  model: 'StockMovement',
  sorts: { OCCURRED_AT: { column: 'occurredAt', description: 'By when they occurred.' } },
  defaultSort: { field: 'OCCURRED_AT', direction: 'DESC' },
  aggregate: {
    quantity: {
      column: 'quantity',
      type: 'Int',
      isSummed: true,
      description: 'Units that came, or, below zero, left.',
    },
    occurredAt: { column: 'occurredAt', type: 'DateTime', description: 'When it occurred.' },
  },
})

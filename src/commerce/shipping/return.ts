import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'

builder.prismaObject('Return', {
  subGraphs: outside,
  description: 'Units of an order that came back from the customer.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Return') }),
    returnedAt: t.expose('returnedAt', { type: 'DateTime', description: 'When they came back.' }),
    reason: t.exposeString('reason', { nullable: true, sensitivity: 'personal', description: 'Why.' }),
    restocked: t.exposeBoolean('restocked', { description: 'Whether they went back into the stock.' }),
    lines: t.relation('lines', {
      listSize: 10,
      description: 'What came back.',
      query: { orderBy: { orderLine: { position: 'asc' } } },
    }),
    order: t.relation('order', { description: 'The order they were shipped for.' }),
  }),
})

builder.prismaObject('ReturnLine', {
  subGraphs: outside,
  description: 'Units of one order line that came back.',
  select: declaredColumns,
  fields: (t) => ({
    quantity: t.exposeInt('quantity', { description: 'How many units.' }),
    orderLine: t.relation('orderLine', { description: 'The line they belong to.' }),
  }),
})

import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'

builder.prismaObject('Shipment', {
  subGraphs: outside,
  description: 'A part of an order, or all of it, on its way.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Shipment') }),
    shippedAt: t.expose('shippedAt', { type: 'DateTime', description: 'When it left.' }),
    trackingNumber: t.exposeString('trackingNumber', { nullable: true, description: 'What the carrier knows it by.' }),
    carrier: t.relation('carrier', { description: 'Who carries it.' }),
    lines: t.relation('lines', {
      listSize: 10,
      description: 'What is in it.',
      query: { orderBy: { orderLine: { position: 'asc' } } },
    }),
    order: t.relation('order', { description: 'The order it belongs to.' }),
  }),
})

builder.prismaObject('ShipmentLine', {
  subGraphs: outside,
  description: 'Units of one order line in a shipment.',
  select: declaredColumns,
  fields: (t) => ({
    quantity: t.exposeInt('quantity', { description: 'How many units.' }),
    orderLine: t.relation('orderLine', { description: 'The line they belong to.' }),
  }),
})

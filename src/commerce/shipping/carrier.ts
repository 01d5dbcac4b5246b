import { everyone } from '../../platform/auth/rule.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'

builder.prismaObject('Carrier', {
  subGraphs: outside,
  description: 'A company that carries orders to customers.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Carrier') }),
    name: t.exposeString('name', { description: 'Its name.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'Where customers can ask for their parcels.' }),
  }),
})

const carrierList = listOf({
  model: 'Carrier',
  sorts: { NAME: { column: 'name', unique: true, description: 'By name.' } },
  defaultSort: { field: 'NAME', direction: 'ASC' },
})

builder.queryField('carriers', (t) =>
  t.field(
    carrierList.connection({
      subGraphs: outside,
      description: 'The companies that can carry an order.',
      auth: everyone,
    }),
  ),
)

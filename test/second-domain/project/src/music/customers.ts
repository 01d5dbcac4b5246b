import { builder } from '../platform/graphql/builder.ts'
import { listOf } from '../platform/graphql/connection.ts'
import { idOf } from '../platform/graphql/ids.ts'
import { declaredColumns } from '../platform/graphql/row-keys.ts'
import { reads } from './access.ts'

const id = 'The global id.'

builder.prismaObject('Invoice', {
  description: 'What a customer has to pay.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Invoice') }),
    total: t.field({
      type: 'Decimal',
      description: 'How much.',
      select: { total: true },
      resolve: ({ total }) => total.toFixed(2),
    }),
    customer: t.relation('customer', { description: 'Who.' }),
  }),
})

const invoiceList = listOf({
  model: 'Invoice',
  sorts: { CUSTOMER: { column: 'customerId', description: 'By customer.' } },
  defaultSort: { field: 'CUSTOMER', direction: 'ASC' },
})

builder.prismaObject('Customer', {
  description: 'Somebody who buys.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Customer') }),
    lastName: t.exposeString('lastName', { description: 'The family name.' }),
    firstName: t.exposeString('firstName', { description: 'The first name.' }),
    email: t.exposeString('email', { sensitivity: 'personal', description: 'The address.' }),
    invoices: t.field(invoiceList.related('Customer', 'invoices', { description: 'What they have to pay.' })),
  }),
})

const customerList = listOf({
  model: 'Customer',
  sorts: { NAME: { column: ['lastName', 'firstName'], description: 'By family name, then first name.' } },
  defaultSort: { field: 'NAME', direction: 'ASC' },
})

builder.queryFields((t) => ({
  customers: t.field(customerList.connection({ auth: reads, description: 'The customers that the viewer sees.' })),
  invoices: t.field(invoiceList.connection({ auth: reads, description: 'The invoices that the viewer sees.' })),
}))

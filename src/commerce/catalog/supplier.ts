import { everyone } from '../../platform/auth/rule.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { readsSuppliers } from '../access.ts'
import { forPartners, outside } from '../audiences.ts'
import { productList } from './product.ts'

/** Suppliers are people too, and buyers must reach them. */
const personal = { sensitivity: 'personal', auth: readsSuppliers } as const

const SupplierContact = builder.prismaObject('Supplier', {
  variant: 'SupplierContact',
  description: 'How to reach a supplier.',
  select: declaredColumns,
  fields: (t) => ({
    name: t.exposeString('contactName', { nullable: true, ...personal, description: 'The person to ask for.' }),
    title: t.exposeString('contactTitle', { nullable: true, ...personal, description: 'What they do there.' }),
    phone: t.exposeString('phone', { nullable: true, ...personal, description: 'Their telephone number.' }),
    street: t.exposeString('street', { nullable: true, ...personal, description: 'Street and number.' }),
    postalCode: t.exposeString('postalCode', { nullable: true, ...personal, description: 'The postal code.' }),
  }),
})

builder.prismaObject('Supplier', {
  subGraphs: outside,
  description: 'A company the shop buys from.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      cacheable: true,
      description: 'The global id.',
      select: { id: true },
      resolve: idOf('Supplier'),
    }),
    name: t.exposeString('name', { description: 'Its name.' }),
    city: t.exposeString('city', { nullable: true, description: 'The city it is in.' }),
    region: t.exposeString('region', { nullable: true, description: 'The state or province it is in.' }),
    country: t.expose('country', { type: 'CountryCode', description: 'The country it is in.' }),
    contact: t.variant(SupplierContact, {
      isNull: () => false,
      auth: readsSuppliers,
      description: 'Whom to reach there.',
    }),
    products: t.field(productList.related('Supplier', 'products', { description: 'The products bought from it.' })),
  }),
})

const supplierList = listOf({
  model: 'Supplier',
  sorts: { NAME: { column: 'name', description: 'By name.' } },
  defaultSort: { field: 'NAME', direction: 'ASC' },
})

builder.queryField('suppliers', (t) =>
  t.field(
    supplierList.connection({
      subGraphs: forPartners,
      description: 'The companies the shop buys from.',
      auth: everyone,
    }),
  ),
)

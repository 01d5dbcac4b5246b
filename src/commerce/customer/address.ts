import { builder } from '../../platform/graphql/builder.ts'
import { idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { outside } from '../audiences.ts'

builder.prismaObject('Address', {
  subGraphs: outside,
  description: 'Where a customer can be delivered to.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Address') }),
    recipient: t.exposeString('recipient', {
      nullable: true,
      sensitivity: 'personal',
      description: 'Who receives there.',
    }),
    street: t.exposeString('street', { nullable: true, sensitivity: 'personal', description: 'Street and number.' }),
    postalCode: t.exposeString('postalCode', {
      nullable: true,
      sensitivity: 'personal',
      description: 'The postal code.',
    }),
    city: t.exposeString('city', { description: 'The city.' }),
    region: t.exposeString('region', { nullable: true, description: 'The state or province.' }),
    country: t.expose('country', { type: 'CountryCode', description: 'The country.' }),
    version: t.exposeInt('version', { description: 'Goes up with every change; updates name the one they saw.' }),
  }),
})

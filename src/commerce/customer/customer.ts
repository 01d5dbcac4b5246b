import type { LoaderDefinition } from '../../platform/context.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { listOf } from '../../platform/graphql/connection.ts'
import { decodeId, idOf } from '../../platform/graphql/ids.ts'
import { declaredColumns } from '../../platform/graphql/row-keys.ts'
import { readsCustomers, readsOrders } from '../access.ts'
import { forPartners, outside } from '../audiences.ts'
import { Money, type MoneyShape } from '../money/money.ts'
import { containsText } from '../text-search.ts'

const lifetimeValues: LoaderDefinition<string, MoneyShape[]> = {
  fallback: [],
  batch: async (ids, { db }) => {
    const sums = await db.order.groupBy({
      by: ['customerId', 'currency'],
      where: { customerId: { in: [...ids] }, status: { not: 'CANCELLED' } },
      _sum: { totalMinor: true },
      orderBy: { currency: 'asc' },
    })
    const values = new Map<string, MoneyShape[]>()
    for (const [customerId, group] of Map.groupBy(sums, (sum) => sum.customerId)) {
      values.set(
        customerId,
        group.map(({ currency, _sum }) => ({ currency, minor: _sum.totalMinor ?? 0n })),
      )
    }
    return values
  },
}

export const CustomerKind = builder.enumType('CustomerKind', {
  description: 'What a customer is.',
  values: {
    COMPANY: { description: 'A company.' },
    PERSON: { description: 'A private person.' },
  },
})

builder.prismaObject('Customer', {
  subGraphs: outside,
  description: 'Somebody who buys from the shop.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('Customer') }),
    code: t.exposeString('code', { description: 'The short code the shop knows them by: "ALFKI".' }),
    kind: t.expose('kind', { type: CustomerKind, description: 'A company or a person.' }),
    // Not tagged, also for a person: see docs/decisions/0018-customer-names-are-not-tagged.md.
    name: t.exposeString('name', {
      description: 'The name they buy under, a company’s or a person’s. Whoever sees the customer sees it.',
    }),
    country: t.expose('country', { type: 'CountryCode', description: 'The country they are in.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they became a customer.' }),
    marketingConsent: t.exposeBoolean('marketingConsent', { description: 'Whether they consent to marketing.' }),
    consents: t.relation('consents', {
      listSize: 3,
      description: 'Each time that they consented to marketing or withdrew that, oldest first.',
      query: { orderBy: [{ at: 'asc' }, { id: 'asc' }] },
    }),
    version: t.exposeInt('version', { description: 'Goes up with every change; updates name the one they saw.' }),
    email: t.expose('email', {
      type: 'EmailAddress',
      nullable: true,
      sensitivity: 'personal',
      description: 'Their e-mail address.',
    }),
    phone: t.exposeString('phone', { nullable: true, sensitivity: 'personal', description: 'Their telephone number.' }),
    contactName: t.exposeString('contactName', {
      nullable: true,
      sensitivity: 'personal',
      description: 'The person to ask for.',
    }),
    contactTitle: t.exposeString('contactTitle', {
      nullable: true,
      sensitivity: 'personal',
      description: 'What that person does there.',
    }),
    addresses: t.relation('addresses', {
      listSize: 5,
      description: 'Where they can be delivered to.',
      query: { orderBy: { id: 'asc' } },
    }),
    orderCount: t.relationCount('orders', {
      cost: 1,
      description: 'How many orders they placed, cancelled ones included.',
    }),
    lifetimeValue: t.field({
      type: [Money],
      nullable: true,
      auth: readsOrders,
      cost: 1,
      description:
        'What they bought in all: the totals of their orders but cancelled ones, one amount a currency. Totals are sums ' +
        'of line totals, each rounded to the minor unit half away from zero; freight is not included.',
      select: { id: true },
      resolve: ({ id }, _args, { loaders }) => loaders.load(lifetimeValues, id),
    }),
  }),
})

const CustomerFilter = builder.inputType('CustomerFilter', {
  description: 'Which customers; all conditions must hold.',
  fields: (t) => ({
    country: t.field({ type: 'CountryCode', description: 'Customers in this country.' }),
    // The searched text may be any person's name, so it stays out of the log.
    nameContains: t.string({
      sensitivity: 'personal',
      description: 'Customers with this text in their name, in any case and with any accents.',
    }),
  }),
})

const customerList = listOf({
  model: 'Customer',
  sorts: {
    NAME: { column: 'name', description: 'By name.' },
    CODE: { column: 'code', unique: true, description: 'By code.' },
    CREATED_AT: { column: 'createdAt', description: 'By when they became a customer.' },
  },
  defaultSort: { field: 'NAME', direction: 'ASC' },
  filter: {
    type: CustomerFilter,
    description: 'Which customers.',
    where: ({ country, nameContains }) => [
      ...(country == null ? [] : [{ country }]),
      ...(nameContains == null ? [] : [{ nameFolded: containsText(nameContains) }]),
    ],
  },
})

builder.queryFields((t) => ({
  customers: t.field(
    customerList.connection({
      subGraphs: forPartners,
      description: 'The customers this viewer sees.',
      auth: readsCustomers,
    }),
  ),
  customer: t.field(
    customerList.one({
      subGraphs: forPartners,
      auth: readsCustomers,
      description: 'One customer; null where there is none, or none this viewer may see.',
      args: { id: t.arg.id({ required: true, description: 'Their id.' }) },
      where: ({ id }) => ({ id: decodeId('Customer', id) }),
    }),
  ),
}))

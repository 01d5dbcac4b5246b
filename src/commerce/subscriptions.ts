import { everyone } from '../platform/auth/rule.ts'
import { builder } from '../platform/graphql/builder.ts'
import { decodeId, decodeIds } from '../platform/graphql/ids.ts'
import { readsCustomers, readsOrders } from './access.ts'
import { forPartners, outside } from './audiences.ts'
import { events } from './events.ts'

const OrderChange = events.changeType('Order')

const OrdersChangedFilter = builder.inputType('OrdersChangedFilter', {
  description: 'Which changes of orders; all conditions must hold.',
  fields: (t) => ({
    customerIds: t.idList({ description: 'Orders of these customers, at most 100.' }),
    topics: t.field({ type: [events.EventTopic], description: 'Only these topics.' }),
  }),
})

builder.subscriptionFields((t) => ({
  orderChanged: t.field({
    type: OrderChange,
    subGraphs: outside,
    auth: readsOrders,
    description: 'What happens to one order: its payments, shipments and returns too.',
    args: { id: t.arg.id({ required: true, description: 'The order.' }), after: t.arg.string(events.afterArg) },
    subscribe: (_root, { id, after }, context) =>
      events.follow(after, { aggregate: { type: 'Order', keys: [decodeId('Order', id)] } }, context),
    resolve: events.located,
  }),
  ordersChanged: t.field({
    type: OrderChange,
    subGraphs: outside,
    auth: readsOrders,
    description: 'What happens to the orders that this viewer sees.',
    args: {
      filter: t.arg({ type: OrdersChangedFilter, description: 'Which changes.' }),
      after: t.arg.string(events.afterArg),
    },
    subscribe: (_root, { filter, after }, context) =>
      events.follow(
        after,
        {
          aggregate: { type: 'Order' },
          topics: filter?.topics,
          owner: filter?.customerIds
            ? { type: 'Customer', keys: decodeIds('Customer', filter.customerIds) }
            : undefined,
        },
        context,
      ),
    resolve: events.located,
  }),
}))

const CustomerChange = events.changeType('Customer')

builder.subscriptionField('customersChanged', (t) =>
  t.field({
    type: CustomerChange,
    subGraphs: forPartners,
    auth: readsCustomers,
    description:
      'What happens to the customers that this viewer sees. For marketing: who consents, or has withdrawn that and is then null.',
    args: { after: t.arg.string(events.afterArg) },
    subscribe: (_root, { after }, context) => events.follow(after, { aggregate: { type: 'Customer' } }, context),
    resolve: events.located,
  }),
)

const ProductChange = events.changeType('Product')

builder.subscriptionField('productChanged', (t) =>
  t.field({
    type: ProductChange,
    subGraphs: outside,
    auth: everyone,
    description: 'What happens to these products: new values, and how many units can be ordered.',
    args: {
      ids: t.arg.idList({ required: true, description: 'The products, at most 100.' }),
      after: t.arg.string(events.afterArg),
    },
    subscribe: (_root, { ids, after }, context) =>
      events.follow(after, { aggregate: { type: 'Product', keys: decodeIds('Product', ids) } }, context),
    resolve: events.located,
  }),
)

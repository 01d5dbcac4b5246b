import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { type Answer, createWorld, dataOf, type World } from '../support/world.ts'
import { idsOfOrder } from './support/order-ids.ts'

const ownNumbers = [10643, 10692, 10702, 10835, 10952, 11011]
const other = demoCustomer('ANATR').sub
const nowhere = '018f0000-0000-7000-8000-000000000000'

let world: World
let ownIds: Record<string, string>
let otherIds: Record<string, string>
beforeAll(async () => {
  world = await createWorld()
  ownIds = await idsOfOrder(world, 10643)
  otherIds = await idsOfOrder(world, 10308)
})
afterAll(() => world.close())

const ask = async (query: string, variables?: Record<string, unknown>) =>
  dataOf(await world.as('customer ALFKI').query(query, variables), z.unknown())

describe('a customer', () => {
  it('lists and counts their own orders only', async () => {
    const data = await ask('{ orders(first: 100, sort: { field: NUMBER }) { totalCount edges { node { number } } } }')
    expect(data).toEqual({
      orders: { totalCount: 6, edges: ownNumbers.map((number) => ({ node: { number } })) },
    })
  })

  it.each([
    ['{}', 6],
    ['{ status: [SHIPPED] }', 6],
    ['{ shipToCountry: "DE" }', 6],
    ['{ shipToCountry: "US" }', 0],
    ['{ total: { currency: "USD", min: "0" } }', 6],
    ['{ placed: { from: "1998-01-01T00:00:00Z" } }', 3],
    ['{ unshipped: true }', 0],
    [`{ customerId: "${other}" }`, 0],
    [`{ customerId: "${demoCustomer('ALFKI').sub}" }`, 6],
    [`{ customerId: "${encodeId('Customer', nowhere)}" }`, 0],
  ])('lists and counts no other orders with the filter %s', async (filter, count) => {
    const shape = z.object({ orders: z.object({ totalCount: z.int(), edges: z.array(z.unknown()) }) })
    const { orders } = shape.parse(await ask(`{ orders(filter: ${filter}) { totalCount edges { node { id } } } }`))

    expect([orders.totalCount, orders.edges.length]).toEqual([count, count])
  })

  it('lists no other orders from a cursor within another customer’s orders', async () => {
    const page = z.object({ orders: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) })
    const ofAll = '{ orders(first: 1, sort: { field: NUMBER }) { pageInfo { endCursor } } }'
    const { orders } = dataOf(await world.as('admin').query(ofAll), page)

    const query = `query ($after: String) { orders(after: $after, first: 100, sort: { field: NUMBER }) {
      edges { node { number } } } }`
    expect(await ask(query, { after: orders.pageInfo.endCursor })).toEqual({
      orders: { edges: ownNumbers.map((number) => ({ node: { number } })) },
    })
  })

  it('sees only themselves in the list of customers', async () => {
    const shown = '{ totalCount edges { node { code } } }'
    expect(await ask(`{ all: customers ${shown} ana: customers(filter: { nameContains: "Ana" }) ${shown} }`)).toEqual({
      all: { totalCount: 1, edges: [{ node: { code: 'ALFKI' } }] },
      ana: { totalCount: 0, edges: [] },
    })
  })

  it('is the customer in `viewer`', async () => {
    const data = await ask(
      '{ viewer { kind scopes customer { code orderCount orders { totalCount } lifetimeValue { amount currency } } } }',
    )
    expect(data).toEqual({
      viewer: {
        kind: 'CUSTOMER',
        scopes: [],
        customer: {
          code: 'ALFKI',
          orderCount: 6,
          orders: { totalCount: 6 },
          lifetimeValue: [{ amount: '4273.00', currency: 'USD' }],
        },
      },
    })
  })
})

/** A response without the state of the bucket. */
function told({ extensions, ...answered }: Answer) {
  return { ...answered, cost: extensions?.cost && [extensions.cost.requested, extensions.cost.actual] }
}

describe('a foreign object', () => {
  it('gets the same response as one that never existed: an order by its number', async () => {
    const query = 'query ($number: Int!) { order(number: $number) { id number lines { id } customer { code } } }'
    const others = await world.as('customer ALFKI').query(query, { number: 10308 })

    expect(told(others)).toEqual(told(await world.as('customer ALFKI').query(query, { number: 99_999 })))
    expect(dataOf(others, z.unknown())).toEqual({ order: null })
  })

  it.each([
    ['order', 'Order'],
    ['customer', 'Customer'],
  ])('gets the same response as one that never existed: %s(id)', async (field, type) => {
    const query = `query ($id: ID!) { ${field}(id: $id) { id } }`
    const others = await world.as('customer ALFKI').query(query, { id: otherIds[type] })

    const nobodys = await world.as('customer ALFKI').query(query, { id: encodeId(type, nowhere) })
    expect(told(others)).toEqual(told(nobodys))
    expect(dataOf(others, z.unknown())).toEqual({ [field]: null })
  })

  it.each(['Order', 'OrderLine', 'Shipment', 'Payment', 'Invoice', 'Customer', 'Address'])(
    'is null by its id, where one’s own is found: %s',
    async (type) => {
      const query = `query ($own: ID!, $other: ID!, $none: ID!) {
      own: node(id: $own) { __typename id } other: node(id: $other) { id } none: node(id: $none) { id }
      both: nodes(ids: [$own, $other, $none, $own]) { id }
    }`
      const [own, other] = [ownIds[type], otherIds[type]]

      expect(await ask(query, { own, other, none: encodeId(type, nowhere) })).toEqual({
        own: { __typename: type, id: own },
        other: null,
        none: null,
        both: [{ id: own }, null, null, { id: own }],
      })
    },
  )
})

describe('their own objects', () => {
  const codes = z.object({ order: z.object({ number: z.int(), customer: z.object({ code: z.string() }) }) })

  it('lead to their own objects only, from either end', async () => {
    const up = 'order { number customer { code orders { totalCount } } }'
    const data = await ask(
      `query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Order { lines { ${up} } shipments { ${up} lines { orderLine { ${up} } } } payments { ${up} } invoice { ${up} } }
    } }`,
      { ids: [ownIds.Order, otherIds.Order] },
    )
    const own = { order: { number: 10643, customer: { code: 'ALFKI', orders: { totalCount: 6 } } } }

    expect(data).toEqual({
      nodes: [
        {
          lines: [own, own, own],
          shipments: [{ ...own, lines: [{ orderLine: own }, { orderLine: own }, { orderLine: own }] }],
          payments: [own],
          invoice: own,
        },
        null,
      ],
    })
  })

  it('are complete below a customer’s orders, and nothing else is returned', async () => {
    const below = `{ number customer { code } lines { order { number customer { code } } }
      shipments { order { number customer { code } } } payments { order { number customer { code } } }
      invoice { order { number customer { code } } } }`
    const parts = z.array(codes)
    const shape = z.object({
      customers: z.object({
        edges: z.array(
          z.object({
            node: z.object({
              orders: z.object({
                totalCount: z.int(),
                edges: z.array(
                  z.object({
                    node: z.object({
                      number: z.int(),
                      lines: parts,
                      shipments: parts,
                      payments: parts,
                      invoice: codes,
                    }),
                  }),
                ),
              }),
            }),
          }),
        ),
      }),
    })
    const query = `{ customers(first: 2) { edges { node { orders(first: 10, sort: { field: NUMBER }) { totalCount edges { node ${below} } } } } } }`
    const { customers } = shape.parse(await ask(query))
    const orders = customers.edges.flatMap(({ node }) => node.orders.edges.map((edge) => edge.node))
    const reached = orders.flatMap(({ lines, shipments, payments, invoice }) => [
      ...lines,
      ...shipments,
      ...payments,
      invoice,
    ])

    expect(customers.edges.map(({ node }) => node.orders.totalCount)).toEqual([6])
    expect(orders.map(({ number }) => number)).toEqual(ownNumbers)
    expect(new Set(reached.map(({ order }) => order.customer.code))).toEqual(new Set(['ALFKI']))
    expect(new Set(reached.map(({ order }) => order.number))).toEqual(new Set(ownNumbers))
    // 12 lines, and a shipment, a payment and an invoice for each of six orders.
    expect(reached).toHaveLength(12 + 18)
  })

  it('are no longer visible once an order belongs to another customer', async () => {
    await world.client.order.update({ where: { number: 11011 }, data: { customer: { connect: { code: 'ANATR' } } } })
    const moved = await idsOfOrder(world, 11011)
    const query = 'query ($ids: [ID!]!) { orders { totalCount } order(number: 11011) { id } nodes(ids: $ids) { id } }'

    expect(await ask(query, { ids: [moved.Order, moved.OrderLine, moved.Payment, moved.Invoice] })).toEqual({
      orders: { totalCount: 5 },
      order: null,
      nodes: [null, null, null, null],
    })
  })
})

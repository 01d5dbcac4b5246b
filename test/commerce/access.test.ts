import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { asClaims } from '../platform/support/as-claims.ts'
import { type Answer, codesOf, createWorld, dataOf, type World } from '../support/world.ts'
import { idsOfOrder } from './support/order-ids.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const codesByPath = ({ errors = [] }: Answer) =>
  Object.fromEntries(errors.map(({ path, extensions }) => [path?.join('.') ?? '', extensions.code]))

const everyPrivateRoot = `query ($customer: ID!) {
  orders { totalCount }
  customers { totalCount }
  order(number: 10643) { number }
  customer(id: $customer) { code }
  products { totalCount }
  viewer { kind }
}`
const alfki = { customer: demoCustomer('ALFKI').sub }
const nothingPrivate = { orders: null, customers: null, order: null, customer: null }

/** Every field that leads on from a guarded node. */
const everyNode = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
  ... on Order { number lines { id } customer { code orders { totalCount } } shipments { id } payments { id } invoice { id } }
  ... on OrderLine { quantity order { number } product { sku } }
  ... on Shipment { shippedAt order { number } lines { orderLine { order { number } } } }
  ... on Payment { amount { amount } order { number } }
  ... on Invoice { invoiceNumber: number order { number customer { code } } }
  ... on Customer { code orders { totalCount } orderCount addresses { id } lifetimeValue { amount } }
  ... on Address { city }
} }`

describe('an anonymous viewer', () => {
  it('sees the catalogue', async () => {
    const answered = await world.as('anonymous').query(
      `{ products { totalCount edges { node { name available unitPrice { amount } category { name } supplier { name } } } }
         categories { totalCount } suppliers { totalCount } carriers { totalCount } product(sku: "NW-0001") { name } }`,
    )
    expect(dataOf(answered, z.unknown())).toMatchObject({
      products: { totalCount: 77 },
      categories: { totalCount: 8 },
      suppliers: { totalCount: 29 },
      carriers: { totalCount: 6 },
      product: { name: 'Chai' },
    })
  })

  it('gets UNAUTHENTICATED for orders and customers, and the rest of the response', async () => {
    const answered = await world.as('anonymous').query(everyPrivateRoot, alfki)

    expect(codesByPath(answered)).toEqual({
      orders: 'UNAUTHENTICATED',
      customers: 'UNAUTHENTICATED',
      order: 'UNAUTHENTICATED',
      customer: 'UNAUTHENTICATED',
    })
    expect(answered.data).toEqual({ ...nothingPrivate, products: { totalCount: 77 }, viewer: { kind: 'ANONYMOUS' } })
  })

  it('finds nothing by the ids of orders, customers and their objects', async () => {
    const ids = Object.values(await idsOfOrder(world, 10643))
    const answered = await world.as('anonymous').query(everyNode, { ids })

    expect(dataOf(answered, z.unknown())).toEqual({ nodes: ids.map(() => null) })
    for (const id of ids) {
      const one = await world.as('anonymous').query('query ($id: ID!) { node(id: $id) { id } }', { id })
      expect(dataOf(one, z.unknown())).toEqual({ node: null })
    }
  })

  it('costs no statement for what is denied', async () => {
    const query = '{ orders { edges { node { number } } } customers { totalCount } }'
    expect(await world.statementsOf(() => world.as('anonymous').query(query))).toEqual([])
  })

  it('has no roles, no scopes and no customer', async () => {
    const answered = await world.as('anonymous').query('{ viewer { kind roles scopes customer { code } } }')
    expect(answered.data).toEqual({ viewer: { kind: 'ANONYMOUS', roles: [], scopes: [], customer: null } })
  })
})

describe('support', () => {
  it('reads all orders and customers, and their objects', async () => {
    const answered = await world.as('support').query(everyPrivateRoot, alfki)
    const ids = Object.entries(await idsOfOrder(world, 10643))
    const nodes = await world.as('support').query(everyNode, { ids: ids.map(([, id]) => id) })

    expect(dataOf(answered, z.unknown())).toEqual({
      orders: { totalCount: 830 },
      customers: { totalCount: 91 },
      order: { number: 10643 },
      customer: { code: 'ALFKI' },
      products: { totalCount: 77 },
      viewer: { kind: 'STAFF' },
    })
    expect(dataOf(nodes, z.unknown())).toMatchObject({ nodes: ids.map(([__typename, id]) => ({ __typename, id })) })
  })

  it('can do what the role allows, and nothing else', async () => {
    const answered = await world.as('support').query('{ viewer { kind roles scopes customer { code } } }')
    const scopes = ['customers:read', 'orders:read', 'stock:read']
    expect(answered.data).toEqual({ viewer: { kind: 'STAFF', roles: ['support'], scopes, customer: null } })
  })
})

describe('staff whose roles allow nothing', () => {
  const strangers = [
    { sub: 'staff-new', kind: 'staff' },
    { sub: 'staff-new', kind: 'staff', roles: [] },
    { sub: 'staff-admin', kind: 'staff', roles: ['Admin', 'root', 'orders:read', '__proto__', 'constructor', ''] },
  ]

  it.each(strangers)('see the catalogue, but no orders and no customers: %o', async (claims) => {
    const answered = await asClaims(world, claims).query(everyPrivateRoot, alfki)

    expect(codesByPath(answered)).toEqual({
      orders: 'FORBIDDEN',
      customers: 'FORBIDDEN',
      order: 'FORBIDDEN',
      customer: 'FORBIDDEN',
    })
    expect(answered.data).toEqual({ ...nothingPrivate, products: { totalCount: 77 }, viewer: { kind: 'STAFF' } })
  })

  it.each(strangers)('find nothing by the ids of orders and customers: %o', async (claims) => {
    const ids = Object.values(await idsOfOrder(world, 10643))
    expect(dataOf(await asClaims(world, claims).query(everyNode, { ids }), z.unknown())).toEqual({
      nodes: ids.map(() => null),
    })
  })

  it.each(strangers)('have no scopes, and no unknown role: %o', async (claims) => {
    const answered = await asClaims(world, claims).query('{ viewer { roles scopes } }')
    expect(answered.data).toEqual({ viewer: { roles: [], scopes: [] } })
  })
})

describe('a token', () => {
  it('of a customer has no staff role, whatever it lists', async () => {
    const claims = { ...demoCustomer('ALFKI'), roles: ['admin'] }
    const answered = await asClaims(world, claims).query(
      '{ viewer { kind roles scopes } orders { totalCount } customers { totalCount } product(sku: "NW-0001") { unitsSold } }',
    )

    expect(answered.data).toEqual({
      viewer: { kind: 'CUSTOMER', roles: [], scopes: [] },
      orders: { totalCount: 6 },
      customers: { totalCount: 1 },
      product: { unitsSold: null },
    })
    expect(codesByPath(answered)).toEqual({ 'product.unitsSold': 'FORBIDDEN' })
  })

  it('of an unknown customer shows nothing, and is no error', async () => {
    const sub = demoCustomer('GONE0').sub
    const answered = await asClaims(world, { sub, kind: 'customer' }).query(everyPrivateRoot, alfki)

    expect(dataOf(answered, z.unknown())).toEqual({
      orders: { totalCount: 0 },
      customers: { totalCount: 0 },
      order: null,
      customer: null,
      products: { totalCount: 77 },
      viewer: { kind: 'CUSTOMER' },
    })
  })

  it.each([
    { sub: 'ALFKI', kind: 'customer' },
    { sub: demoCustomer('ALFKI').sub.replace('customer', 'order'), kind: 'customer' },
    { sub: demoCustomer('ALFKI').sub, kind: 'robot' },
    { sub: demoCustomer('ALFKI').sub, kind: 'anonymous' },
  ])('that does not identify the viewer is refused, and not anonymous: %o', async (claims) => {
    const answered = await asClaims(world, claims).query('{ products { totalCount } }')

    expect(codesOf(answered)).toEqual(['UNAUTHENTICATED'])
    expect(answered.data ?? null).toBeNull()
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { type Answer, createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const codesByPath = ({ errors = [] }: Answer) =>
  Object.fromEntries(errors.map(({ path, extensions }) => [path?.join('.') ?? '', extensions.code]))

const denied = (code: string, paths: string[]) => Object.fromEntries(paths.map((path) => [path, code]))

describe('personal data', () => {
  const query = `query ($id: ID!) {
    customer(id: $id) { code email phone contactName contactTitle addresses { city recipient street postalCode } }
    order(number: 10643) { number shipTo { city recipient street postalCode } }
  }`
  const address = { recipient: 'Alfreds Futterkiste', street: 'Obere Str. 57', postalCode: '12209' }
  const whole = {
    customer: {
      code: 'ALFKI',
      email: 'alfki@example.com',
      phone: '030-0074321',
      contactName: 'Maria Anders',
      contactTitle: 'Sales Representative',
      addresses: [{ city: 'Berlin', ...address }],
    },
    order: { number: 10643, shipTo: { city: 'Berlin', ...address, recipient: 'Alfreds Futterkiste' } },
  }
  const variables = { id: demoCustomer('ALFKI').sub }

  it.each(['admin', 'customer ALFKI'])('is readable for %s', async (viewer) => {
    const { data, errors } = await world.as(viewer).query(query, variables)

    expect(errors).toBeUndefined()
    expect(data).toEqual(whole)
  })

  it('is forbidden to support at each field, and the fields beside it are returned', async () => {
    const answered = await world.as('support').query(query, variables)
    const hidden = { recipient: null, street: null, postalCode: null }

    expect(answered.data).toEqual({
      customer: {
        code: 'ALFKI',
        email: null,
        phone: null,
        contactName: null,
        contactTitle: null,
        addresses: [{ city: 'Berlin', ...hidden }],
      },
      order: { number: 10643, shipTo: { city: 'Berlin', ...hidden } },
    })
    expect(codesByPath(answered)).toEqual(
      denied('FORBIDDEN', [
        ...['email', 'phone', 'contactName', 'contactTitle'].map((field) => `customer.${field}`),
        ...['recipient', 'street', 'postalCode'].map((field) => `customer.addresses.0.${field}`),
        ...['recipient', 'street', 'postalCode'].map((field) => `order.shipTo.${field}`),
      ]),
    )
  })

  it('is forbidden to support on every path to it', async () => {
    const answered = await world.as('support').query(
      `query ($id: ID!) {
        node(id: $id) { ... on Customer { code email } }
        orders(first: 1, filter: { customerId: $id }) { edges { node { customer { code phone } } } }
        customers(first: 1) { edges { node { code mail: email } } }
      }`,
      variables,
    )

    expect(codesByPath(answered)).toEqual(
      denied('FORBIDDEN', ['node.email', 'orders.edges.0.node.customer.phone', 'customers.edges.0.node.mail']),
    )
    expect(answered.data).toEqual({
      node: { code: 'ALFKI', email: null },
      orders: { edges: [{ node: { customer: { code: 'ALFKI', phone: null } } }] },
      customers: { edges: [{ node: { code: 'ALFKI', mail: null } }] },
    })
  })
})

describe.each([
  ['admin', undefined, undefined],
  ['support', 'FORBIDDEN', undefined],
  ['customer ALFKI', 'FORBIDDEN', 'FORBIDDEN'],
  ['anonymous', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
])('what %s sees of a product', (viewer, contactDenial, stockDenial) => {
  const shown = { name: 'Chang', available: 17, supplier: { name: 'Exotic Liquids' } }

  it(`includes the contact of its supplier: ${contactDenial ?? 'yes'}`, async () => {
    const query =
      '{ product(sku: "NW-0002") { name available supplier { name contact { name title phone street postalCode } } } }'
    const answered = await world.as(viewer).query(query)
    const contact = contactDenial
      ? null
      : {
          name: 'Charlotte Cooper',
          title: 'Purchasing Manager',
          phone: '(171) 555-2222',
          street: '49 Gilbert St.',
          postalCode: 'EC1 4SD',
        }

    expect(answered.data).toEqual({ product: { ...shown, supplier: { ...shown.supplier, contact } } })
    expect(codesByPath(answered)).toEqual(contactDenial ? { 'product.supplier.contact': contactDenial } : {})
  })

  it(`includes its stock and the units sold: ${stockDenial ?? 'yes'}`, async () => {
    const query =
      '{ product(sku: "NW-0002") { name available supplier { name } stock { onHand reserved reorderLevel } unitsSold } }'
    const answered = await world.as(viewer).query(query)

    expect(answered.data).toEqual({
      product: {
        ...shown,
        stock: stockDenial ? null : { onHand: 79, reserved: 62, reorderLevel: 25 },
        unitsSold: stockDenial ? null : 1057,
      },
    })
    expect(codesByPath(answered)).toEqual(
      stockDenial ? denied(stockDenial, ['product.stock', 'product.unitsSold']) : {},
    )
  })
})

describe('a denial', () => {
  it('leaves the neighbouring fields, in a list too', async () => {
    const answered = await world
      .as('anonymous')
      .query(
        '{ products(first: 2, sort: { field: SKU }) { edges { node { sku stock { onHand } } } } orders { totalCount } }',
      )

    expect(answered.data).toEqual({
      products: {
        edges: [{ node: { sku: 'NW-0001', stock: null } }, { node: { sku: 'NW-0002', stock: null } }],
      },
      orders: null,
    })
    expect(codesByPath(answered)).toEqual(
      denied('UNAUTHENTICATED', ['products.edges.0.node.stock', 'products.edges.1.node.stock', 'orders']),
    )
  })

  it('says what is needed, and names nothing behind the API', async () => {
    const anonymous = await world.as('anonymous').query('{ orders { totalCount } }')
    const support = await world.as('support').query('{ suppliers(first: 1) { edges { node { contact { name } } } } }')

    expect(anonymous.errors?.map(({ message }) => message)).toEqual([
      'This needs a viewer (kind customer or scope orders:read): send "Authorization: Bearer <token>".',
    ])
    expect(support.errors?.map(({ message }) => message)).toEqual([
      'This viewer may not use this field; it needs: scope suppliers:read.',
    ])
  })
})

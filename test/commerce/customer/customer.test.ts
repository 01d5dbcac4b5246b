import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { centsOf, lines, orders, sum } from '../support/northwind-files.ts'
import { walk } from '../support/walk.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const ask = async (query: string, variables?: Record<string, unknown>) =>
  dataOf(await world.as('admin').query(query, variables), z.unknown())

const codesBy = async (filter: Record<string, unknown>): Promise<string[]> => {
  const query = `query ($filter: CustomerFilter) { customers(filter: $filter, first: 100, sort: { field: CODE }) {
    totalCount edges { node { code } } } }`
  const shape = z.object({
    customers: z.object({ totalCount: z.int(), edges: z.array(z.object({ node: z.object({ code: z.string() }) })) }),
  })
  const { customers } = shape.parse(await ask(query, { filter }))
  expect(customers.totalCount).toBe(customers.edges.length)
  return customers.edges.map(({ node }) => node.code)
}

describe('one customer', () => {
  it('is found by the id, with its addresses, in one statement', async () => {
    const statements = await world.statementsOf(async () => {
      const query = `query ($id: ID!) { customer(id: $id) { code kind name country createdAt email phone contactName contactTitle
        addresses { recipient street postalCode city region country } } }`
      expect(await ask(query, { id: demoCustomer('ALFKI').sub })).toEqual({
        customer: {
          code: 'ALFKI',
          kind: 'COMPANY',
          name: 'Alfreds Futterkiste',
          country: 'DE',
          createdAt: '1996-01-01T00:00:00.000Z',
          email: 'alfki@example.com',
          phone: '030-0074321',
          contactName: 'Maria Anders',
          contactTitle: 'Sales Representative',
          addresses: [
            {
              recipient: 'Alfreds Futterkiste',
              street: 'Obere Str. 57',
              postalCode: '12209',
              city: 'Berlin',
              region: null,
              country: 'DE',
            },
          ],
        },
      })
    })
    expect(statements).toHaveLength(1)
  })

  it('is null for an unknown id, and refused for an id of another type', async () => {
    const query = 'query ($id: ID!) { customer(id: $id) { code } }'
    const unknown = encodeId('Customer', '018f0000-0000-7000-8000-000000000000')

    expect(await ask(query, { id: unknown })).toEqual({ customer: null })
    expect(codesOf(await world.as('admin').query(query, { id: 'ALFKI' }))).toEqual(['INVALID_ID'])
  })
})

/** In lower case, without accents. */
const plain = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

describe('a list of customers', () => {
  it.each([
    [{ country: 'DE' }, 11],
    [{ country: 'US', nameContains: 'market' }, 3],
    [{ country: 'JP' }, 0],
    [{ nameContains: 'FUTTER' }, 1],
    [{ nameContains: 'kön' }, 1],
    [{ nameContains: 'konig' }, 1],
    [{ nameContains: 'FRÄNCE' }, 1],
    [{ nameContains: '%' }, 0],
    [{ nameContains: '_' }, 0],
    [{ nameContains: '' }, 91],
    [{ country: null, nameContains: null }, 91],
  ])('has the customers that match %o', async (filter, count) => {
    const rows = await world.client.customer.findMany({ orderBy: { code: 'asc' } })
    const text = plain(('nameContains' in filter ? filter.nameContains : null) ?? '')
    const country = 'country' in filter ? filter.country : null
    const expected = rows.filter(
      (row) => (country === null || row.country === country) && plain(row.name).includes(text),
    )

    expect(await codesBy(filter)).toEqual(expected.map(({ code }) => code))
    expect(expected).toHaveLength(count)
  })

  it.each([
    ['NAME', { name: 'asc' }],
    ['CODE', { code: 'asc' }],
    ['CREATED_AT', { createdAt: 'asc' }],
  ] as const)('sorted by %s comes in that order, through all its pages', async (field, orderBy) => {
    const expected = await world.client.customer.findMany({ orderBy: [orderBy, { id: 'asc' }], select: { code: true } })
    const node = z.object({ code: z.string() })
    const args = `sort: { field: ${field} }`

    expect(await walk(world.as('admin'), { field: 'customers', args, select: 'code', node, first: 9 })).toEqual(
      expected,
    )
  })
})

describe('the lifetime value of customers', () => {
  const sales = z.object({
    code: z.string(),
    orderCount: z.int(),
    lifetimeValue: z.array(z.object({ amount: z.string(), currency: z.string() })),
  })
  const select = 'code orderCount lifetimeValue { amount currency }'
  const page = `{ customers(first: 91, sort: { field: CODE }) { edges { node { ${select} } } } }`
  const salesOf = async (code: string) => {
    const data = await ask(`query ($id: ID!) { customer(id: $id) { ${select} } }`, { id: demoCustomer(code).sub })
    return z.object({ customer: sales }).parse(data).customer
  }

  it('is the sum of their rounded line totals, beside the number of orders, as the files say', async () => {
    const ofCustomer = Map.groupBy(orders, ({ customer_id }) => customer_id)
    const linesOf = Map.groupBy(lines, ({ order_id }) => order_id)
    const found = await walk(world.as('admin'), { field: 'customers', select, node: sales })

    for (const { code, orderCount, lifetimeValue } of found) {
      const placed = ofCustomer.get(code) ?? []
      const cents = sum(placed.flatMap(({ order_id }) => (linesOf.get(order_id) ?? []).map(centsOf)))
      const amount = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
      expect([code, orderCount, lifetimeValue]).toEqual([
        code,
        placed.length,
        placed.length === 0 ? [] : [{ amount, currency: 'USD' }],
      ])
    }
  })

  it('takes one statement more for a page, and none for the counts', async () => {
    expect(await world.statementsOf(() => ask(page))).toHaveLength(2)
    expect(await world.statementsOf(() => ask(page.replace(/lifetimeValue {.*?}/, '')))).toHaveLength(1)
  })

  it('is empty for a customer without orders', async () => {
    expect(await salesOf('FISSA')).toEqual({ code: 'FISSA', orderCount: 0, lifetimeValue: [] })
  })

  it('excludes the value of a cancelled order, which still counts as an order', async () => {
    const before = await salesOf('ALFKI')
    await world.client.order.update({ where: { number: 10643 }, data: { status: 'CANCELLED' } })

    expect(before).toEqual({
      code: 'ALFKI',
      orderCount: 6,
      lifetimeValue: [{ amount: '4273.00', currency: 'USD' }],
    })
    expect(await salesOf('ALFKI')).toEqual({
      code: 'ALFKI',
      orderCount: 6,
      lifetimeValue: [{ amount: '3458.50', currency: 'USD' }],
    })
  })

  it('is one amount for each currency, in the order of the currencies', async () => {
    const [first, second] = await world.client.order.findMany({
      where: { customer: { code: 'ANATR' } },
      orderBy: { number: 'asc' },
    })
    await world.client.order.update({ where: { id: first?.id }, data: { currency: 'EUR' } })
    await world.client.order.update({ where: { id: second?.id }, data: { currency: 'JPY' } })

    const { orderCount, lifetimeValue } = await salesOf('ANATR')

    expect(orderCount).toBe(4)
    expect(lifetimeValue).toEqual([
      { amount: '88.80', currency: 'EUR' },
      { amount: '47975', currency: 'JPY' },
      { amount: '834.40', currency: 'USD' },
    ])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { columnsOf } from '../support/columns.ts'

const numberedList = z.object({ edges: z.array(z.object({ node: z.object({ number: z.int() }) })) })
const numbersOf = ({ edges }: z.infer<typeof numberedList>) => edges.map(({ node }) => node.number)

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const listed = async (args: string): Promise<number[]> => {
  const answered = await world.as('admin').query(`{ orders${args} { edges { node { number } } } }`)
  return numbersOf(dataOf(answered, z.object({ orders: numberedList })).orders)
}

describe('a list of orders', () => {
  it('has the newest 20 by default', async () => {
    const rows = await world.client.order.findMany({
      orderBy: [{ placedAt: 'desc' }, { id: 'desc' }],
      take: 20,
      select: { number: true },
    })

    expect(await listed('')).toEqual(rows.map(({ number }) => number))
    expect(await listed('(sort: { field: PLACED_AT, direction: DESC })')).toEqual(rows.map(({ number }) => number))
  })

  it('ascends without a direction', async () => {
    expect(await listed('(first: 3, sort: { field: NUMBER })')).toEqual([10248, 10249, 10250])
    expect(await listed('(first: 3, sort: { field: NUMBER, direction: DESC })')).toEqual([11077, 11076, 11075])
  })

  it('has the same orders in the same order from its end', async () => {
    const sort = 'sort: { field: TOTAL, direction: DESC }'
    const rows = await world.client.order.findMany({
      orderBy: [{ totalMinor: 'desc' }, { id: 'desc' }],
      skip: 825,
      select: { number: true },
    })
    expect(await listed(`(last: 5, ${sort})`)).toEqual(rows.map(({ number }) => number))
  })
})

describe('totalCount', () => {
  const counted = z.object({ orders: z.object({ totalCount: z.int() }) })
  const statementsOf = (query: string) =>
    world.statementsOf(async () => dataOf(await world.as('admin').query(query), z.unknown()))

  it('takes a statement of its own, and only where it is requested', async () => {
    const list = 'edges { node { number } }'

    expect(await statementsOf(`{ orders { ${list} } }`)).toHaveLength(1)
    expect(await statementsOf(`{ orders { totalCount ${list} } }`)).toHaveLength(2)
  })

  it('reads only its own row, where nothing else is requested', async () => {
    const statements = await statementsOf('{ orders { totalCount } }')

    expect(statements.map(({ rows }) => rows)).toEqual([1])
    expect(statements[0]?.sql).toMatch(/^SELECT COUNT\(\*\)/)
  })

  it('counts the whole list, on any page', async () => {
    const answered = await world
      .as('admin')
      .query('{ orders(first: 1, filter: { shipToCountry: "US" }) { totalCount edges { node { number } } } }')

    expect(dataOf(answered, counted).orders.totalCount).toBe(122)
  })
})

describe('the orders below customers', () => {
  const perCustomer = z.object({
    customers: z.object({
      edges: z.array(
        z.object({ node: z.object({ code: z.string(), orders: numberedList.extend({ totalCount: z.int() }) }) }),
      ),
    }),
  })

  it('come with their counts in the statement that reads the customers', async () => {
    const query = `{ customers(first: 91) { edges { node { code orders(first: 2, sort: { field: NUMBER, direction: ASC }) {
      totalCount edges { node { number } } } } } } }`
    const orders = await world.client.order.findMany({
      orderBy: { number: 'asc' },
      select: { number: true, customer: { select: { code: true } } },
    })
    const byCode = Map.groupBy(orders, ({ customer }) => customer.code)

    const statements = await world.statementsOf(async () => {
      const { customers } = dataOf(await world.as('admin').query(query), perCustomer)
      const found = customers.edges.map(({ node }) => [node.code, node.orders.totalCount, numbersOf(node.orders)])

      expect(found).toHaveLength(91)
      for (const [code, totalCount, numbers] of found) {
        const own = (byCode.get(String(code)) ?? []).map(({ number }) => number)
        expect([code, totalCount, numbers]).toEqual([code, own.length, own.slice(0, 2)])
      }
    })

    expect(statements).toHaveLength(1)
  })

  it('are filtered and counted by their own filter', async () => {
    const query = `query ($id: ID!) { customer(id: $id) {
      all: orders { totalCount }
      germany: orders(filter: { placed: { from: "1998-01-01T00:00:00Z" } }, first: 1) { totalCount edges { node { number } } }
    } }`
    const answered = await world.as('admin').query(query, { id: demoCustomer('ALFKI').sub })

    expect(dataOf(answered, z.unknown())).toEqual({
      customer: {
        all: { totalCount: 6 },
        germany: { totalCount: 3, edges: [{ node: { number: 11011 } }] },
      },
    })
  })

  it('read no column of orders for the count alone', async () => {
    const statements = await world.statementsOf(() =>
      world.as('admin').query('{ customers(first: 5) { edges { node { orders { totalCount } } } } }'),
    )

    expect(statements).toHaveLength(1)
    const ofOrders = [...columnsOf(statements[0]?.sql ?? '')].filter((column) => column.startsWith('so_header.'))
    expect(ofOrders).toEqual(['so_header.cust_uid'])
  })
})

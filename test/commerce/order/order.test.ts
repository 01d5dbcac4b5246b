import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { columnsOf } from '../support/columns.ts'

const twentyOrders = `{
  orders(first: 20) {
    edges { node { number status customer { name } lines { quantity product { name category { name } supplier { name } } } } }
  }
}`

const namedList = z.object({ edges: z.array(z.object({ node: z.object({ number: z.int() }) })) })

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** The statement of a document that is known, so that it takes the fast path. */
const statementOfKnown = async (query: string) => {
  const ask = async () => dataOf(await world.as('admin').query(query), z.unknown())
  await ask()
  const [statement, ...others] = await world.statementsOf(ask)
  expect(others).toEqual([])
  return { sql: statement?.sql ?? '' }
}

const columnsOfQuery = async (query: string) => columnsOf((await statementOfKnown(query)).sql)

describe('the twenty-orders query', () => {
  it('runs exactly one statement, a SELECT, which returns one row for each order', async () => {
    const statements = await world.statementsOf(async () => {
      const { orders } = dataOf(await world.as('admin').query(twentyOrders), z.object({ orders: namedList }))
      expect(orders.edges).toHaveLength(20)
    })

    // One row more than the page tells whether there is another page.
    expect(statements.map(({ sql, rows }) => [sql.slice(0, 7), rows])).toEqual([['SELECT ', 21]])
  })

  it('reads the requested columns, keys of joins and sort columns, and no others', async () => {
    expect(await columnsOfQuery(twentyOrders)).toEqual(
      new Set([
        ...['uid', 'cust_uid', 'doc_no', 'status_cd', 'placed_ts'].map((column) => `so_header.${column}`),
        ...['uid', 'nm'].map((column) => `crm_customer.${column}`),
        ...['so_uid', 'line_no', 'product_uid', 'qty'].map((column) => `so_line.${column}`),
        ...['uid', 'nm', 'category_uid', 'supplier_uid'].map((column) => `md_product.${column}`),
        ...['uid', 'nm'].map((column) => `md_category.${column}`),
        ...['uid', 'nm'].map((column) => `md_supplier.${column}`),
      ]),
    )
  })

  it('is sent no key, because none of its fields asks for one', async () => {
    const keys = async (query: string) => {
      const { sql } = await statementOfKnown(query)
      return sql.match(/json_build_array\([^)]*"uid"|"uid" AS "c\d/g)?.length ?? 0
    }

    expect(await keys(twentyOrders)).toBe(0)
    expect(await keys(twentyOrders.replace('lines {', 'lines { id'))).toBe(1)
    expect(await keys(twentyOrders.replace('node {', 'node { id'))).toBe(1)
  })

  it('costs the rows that its lists declare, and reports that', async () => {
    const { extensions } = await world.as('admin').query(twentyOrders)

    // 20 orders of 1 + a customer + 10 lines of (1 + product + category + supplier).
    expect(extensions?.cost).toMatchObject({ requested: 1 + 20 * (1 + 1 + 10 * 4), maximum: 5000 })
  })
})

describe('the columns that a list of orders reads', () => {
  it.each([
    ['PLACED_AT', 'status_cd', 'placed_ts'],
    ['NUMBER', 'status_cd', 'doc_no'],
    ['TOTAL', 'status_cd', 'total_minor'],
  ])('with cursors, sorted by %s, are one more than without: the sort’s own', async (field, asked, sorted) => {
    const list = (edge: string) => `{ orders(first: 5, sort: { field: ${field} }) { edges { ${edge} } } }`
    const selected = async (edge: string) => {
      const statements = await world.statementsOf(() => world.as('admin').query(list(edge)))
      expect(statements).toHaveLength(1)
      // The columns of a row; the sort's column is also in ORDER BY.
      return columnsOf(statements[0]?.sql.replace(/ ORDER BY .*/, '') ?? '')
    }

    expect(await selected('node { status }')).toEqual(new Set(['so_header.uid', `so_header.${asked}`]))
    expect(await selected('cursor node { status }')).toEqual(
      new Set(['so_header.uid', `so_header.${asked}`, `so_header.${sorted}`]),
    )
  })

  it('are its key and its sort column, where only the page info is requested', async () => {
    const columns = await columnsOfQuery('{ orders { pageInfo { hasNextPage endCursor } } }')
    expect(columns).toEqual(new Set(['so_header.uid', 'so_header.placed_ts']))
  })

  it('are none, where only its type is requested', async () => {
    const statements = await world.statementsOf(async () => {
      const answered = await world.as('admin').query('{ orders { __typename } }')
      expect(answered.data).toEqual({ orders: { __typename: 'OrderConnection' } })
    })
    expect(statements).toEqual([])
  })

  it('come in one statement, with any related objects', async () => {
    const statements = await world.statementsOf(async () => {
      const answered = await world.as('admin').query(`{ orders(first: 5) { edges { cursor node {
        id number currency placedAt requiredDate shippedAt total { amount } freight { amount } grandTotal { amount }
        shipTo { recipient street postalCode city region country } carrier { name phone }
        customer { code addresses { city } orders(first: 2) { totalCount edges { cursor node { number } } } }
        payments { amount { amount } method receivedAt } invoice { number issuedAt amount { amount } }
        shipments { shippedAt carrier { name } lines { quantity orderLine { position } } }
      } } } }`)
      dataOf(answered, z.object({ orders: namedList }))
    })
    expect(statements).toHaveLength(1)
  })

  it('come in one statement more for subtotals and discounts of any number of orders', async () => {
    const statements = await world.statementsOf(() =>
      world
        .as('admin')
        .query('{ orders(first: 100) { edges { node { subtotal { amount } discount { amount currency } } } } }'),
    )
    expect(statements).toHaveLength(2)
    expect(columnsOf(statements[1]?.sql ?? '')).toEqual(
      new Set(['so_uid', 'qty', 'unit_price_minor', 'disc_bp'].map((column) => `so_line.${column}`)),
    )
  })
})

describe('one order', () => {
  const shape = z.object({ order: z.object({ id: z.string(), number: z.int() }).nullable() })
  const unknownId = encodeId('Order', '018f0000-0000-7000-8000-000000000000')

  it('is found by its number and by its id, each in one statement', async () => {
    const admin = world.as('admin')
    const byNumber = dataOf(await admin.query('{ order(number: 10248) { id number } }'), shape)
    const statements = await world.statementsOf(async () => {
      const query = 'query ($id: ID!) { order(id: $id) { id number } }'
      expect(dataOf(await admin.query(query, { id: byNumber.order?.id }), shape)).toEqual(byNumber)
    })

    expect(byNumber.order?.number).toBe(10248)
    expect(statements).toHaveLength(1)
  })

  it.each(['number: 1', 'number: -2147483648', `id: "${unknownId}"`])(
    'is null where there is none: %s',
    async (args) => {
      const answered = await world.as('admin').query(`{ order(${args}) { id number } }`)
      expect(dataOf(answered, shape)).toEqual({ order: null })
    },
  )

  it.each([
    ['', 'BAD_USER_INPUT'],
    ['(id: null, number: null)', 'BAD_USER_INPUT'],
    [`(id: "${unknownId}", number: 10248)`, 'BAD_USER_INPUT'],
    ['(id: "10248")', 'INVALID_ID'],
    [`(id: "${unknownId.replace('order', 'customer')}")`, 'INVALID_ID'],
  ])('is refused without exactly one argument: order%s', async (args, code) => {
    const answered = await world.as('admin').query(`{ order${args} { id } }`)

    expect(codesOf(answered)).toEqual([code])
    expect(answered.data).toEqual({ order: null })
  })
})

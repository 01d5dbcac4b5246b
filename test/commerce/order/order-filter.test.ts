import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { orders as fileOrders } from '../support/northwind-files.ts'
import { walk } from '../support/walk.ts'

/** Northwind's orders are PLACED or SHIPPED, and in dollars. These get another state or currency. */
const changed = {
  10248: { status: 'DELIVERED' },
  10249: { status: 'RETURNED' },
  10250: { currency: 'EUR' },
  11077: { status: 'PAID' },
  11076: { status: 'PARTIALLY_SHIPPED' },
  11075: { status: 'CANCELLED' },
} as const

const readRows = (world: World) =>
  world.client.order.findMany({
    select: {
      number: true,
      status: true,
      currency: true,
      totalMinor: true,
      placedAt: true,
      shippedAt: true,
      shipToCountry: true,
      customer: { select: { code: true } },
    },
  })

type Row = Awaited<ReturnType<typeof readRows>>[number]

let world: World
let rows: Row[]
beforeAll(async () => {
  world = await createWorld()
  for (const [number, data] of Object.entries(changed)) {
    await world.client.order.update({ where: { number: Number(number) }, data })
  }
  rows = await readRows(world)
})
afterAll(() => world.close())

const numbersOf = async (filter: string): Promise<number[]> => {
  const select = { args: `filter: ${filter}`, select: 'number', node: z.object({ number: z.int() }) }
  const nodes = await walk(world.as('admin'), { field: 'orders', ...select })
  return nodes.map(({ number }) => number).sort((a, b) => a - b)
}

const matching = (matches: (row: Row) => boolean): number[] =>
  rows
    .filter(matches)
    .map(({ number }) => number)
    .sort((a, b) => a - b)

const moment = (text: string) => new Date(text)
const { sub: alfki } = demoCustomer('ALFKI')
const inDollars = (row: Row, min: bigint, max: bigint) =>
  row.currency === 'USD' && row.totalMinor >= min && row.totalMinor <= max

const filters: [filter: string, matches: (row: Row) => boolean, count: number][] = [
  ['{}', () => true, 830],
  ['{ status: null, placed: null, customerId: null, shipToCountry: null, total: null }', () => true, 830],
  ['{ status: [SHIPPED] }', ({ status }) => status === 'SHIPPED', 807],
  ['{ status: SHIPPED }', ({ status }) => status === 'SHIPPED', 807],
  ['{ status: [PAID, CANCELLED, RETURNED] }', ({ status }) => /PAID|CANCELLED|RETURNED/.test(status), 3],
  ['{ status: [] }', () => false, 0],
  ['{ placed: {} }', () => true, 830],
  ['{ placed: { from: "1998-05-06T00:00:00Z" } }', (row) => row.placedAt >= moment('1998-05-06'), 4],
  ['{ placed: { from: "1998-05-06T00:00:00.001Z" } }', (row) => row.placedAt > moment('1998-05-06'), 0],
  ['{ placed: { until: "1996-07-04T00:00:00.000Z" } }', (row) => row.placedAt < moment('1996-07-04'), 0],
  ['{ placed: { until: "1996-07-05T00:00:00.000Z" } }', (row) => row.placedAt < moment('1996-07-05'), 1],
  [
    '{ placed: { from: "1997-01-01T01:00:00+01:00", until: "1997-02-01T00:00:00Z" } }',
    ({ placedAt }) => placedAt >= moment('1997-01-01') && placedAt < moment('1997-02-01'),
    33,
  ],
  ['{ placed: { from: "1997-02-01T00:00:00Z", until: "1997-01-01T00:00:00Z" } }', () => false, 0],
  [`{ customerId: "${alfki}" }`, ({ customer }) => customer.code === 'ALFKI', 6],
  ['{ shipToCountry: "US" }', ({ shipToCountry }) => shipToCountry === 'US', 122],
  ['{ shipToCountry: "JP" }', () => false, 0],
  ['{ total: { currency: "USD" } }', ({ currency }) => currency === 'USD', 829],
  ['{ total: { currency: "EUR" } }', ({ number }) => number === 10250, 1],
  ['{ total: { currency: "JPY", min: "0" } }', () => false, 0],
  ['{ total: { currency: "USD", min: "440.00", max: "440" } }', (row) => inDollars(row, 44_000n, 44_000n), 1],
  ['{ total: { currency: "USD", max: "439.99", min: "400.01" } }', (row) => inDollars(row, 40_001n, 43_999n), 17],
  ['{ total: { currency: "USD", min: "16387.50" } }', (row) => row.totalMinor >= 1_638_750n, 1],
  ['{ total: { currency: "USD", max: "12.50" } }', (row) => row.totalMinor <= 1250n, 1],
  ['{ total: { currency: "USD", max: "-0.01" } }', () => false, 0],
  ['{ unshipped: true }', (row) => row.shippedAt === null && row.status !== 'CANCELLED', 20],
  ['{ unshipped: false }', (row) => row.shippedAt !== null || row.status === 'CANCELLED', 810],
]

describe('a filter of orders', () => {
  it.each(filters)('%s lists everything that matches, and nothing else', async (filter, matches, count) => {
    const expected = matching(matches)

    expect(await numbersOf(filter)).toEqual(expected)
    expect(expected).toHaveLength(count)
  })

  it('counts in totalCount what it lists', async () => {
    const shape = z.object({ orders: z.object({ totalCount: z.int() }) })
    const counted: number[] = []
    for (const [filter] of filters) {
      const answered = await world.as('admin').query(`{ orders(filter: ${filter}) { totalCount } }`)
      counted.push(dataOf(answered, shape).orders.totalCount)
    }
    expect(counted).toEqual(filters.map(([, , count]) => count))
  })

  it('with several conditions lists orders that meet all of them', async () => {
    const from = '1997-01-01T00:00:00Z'
    const until = '1998-01-01T00:00:00Z'
    const all = `{ status: [SHIPPED, PLACED], placed: { from: "${from}", until: "${until}" },
      customerId: "${demoCustomer('QUICK').sub}", shipToCountry: "DE", total: { currency: "USD", min: "1000" },
      unshipped: false }`

    const expected = matching(
      (row) =>
        row.customer.code === 'QUICK' &&
        row.placedAt >= moment(from) &&
        row.placedAt < moment(until) &&
        row.totalMinor >= 100_000n,
    )

    expect(await numbersOf(all)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(3)
    expect(await numbersOf(all.replace('"DE"', '"US"'))).toEqual([])
    expect(await numbersOf(all.replace('SHIPPED, PLACED', 'PAID'))).toEqual([])
    expect(await numbersOf(all.replace('unshipped: false', 'unshipped: true'))).toEqual([])
  })

  it('compares moments, and not days: `from` is included, `until` is not', async () => {
    const firstDay = fileOrders.filter(({ order_date }) => order_date === '1996-07-08').map(({ order_id }) => order_id)

    expect(await numbersOf('{ placed: { from: "1996-07-08T00:00:00Z", until: "1996-07-08T00:00:00.001Z" } }')).toEqual(
      firstDay,
    )
    expect(await numbersOf('{ placed: { from: "1996-07-08T00:00:00Z", until: "1996-07-08T00:00:00Z" } }')).toEqual([])
  })

  it.each([
    ['{ customerId: "ALFKI" }', 'INVALID_ID'],
    [`{ customerId: "${alfki.replace('customer', 'order')}" }`, 'INVALID_ID'],
    ['{ total: { currency: "USD", min: "1.001" } }', 'BAD_USER_INPUT'],
    ['{ total: { currency: "JPY", max: "0.5" } }', 'BAD_USER_INPUT'],
  ])('%s is refused where it has no meaning, without affecting other fields', async (filter, code) => {
    const answered = await world
      .as('admin')
      .query(`{ refused: orders(filter: ${filter}) { totalCount } orders { totalCount } }`)

    expect(codesOf(answered)).toEqual([code])
    expect(answered.errors?.[0]?.path).toEqual(['refused'])
    expect(answered.data).toEqual({ refused: null, orders: { totalCount: 830 } })
  })

  it.each([
    '{ total: { min: "1" } }',
    '{ total: { currency: "XXZ" } }',
    '{ total: { currency: "USD", min: "1e3" } }',
    '{ shipToCountry: "Germany" }',
    '{ placed: { from: "1997" } }',
    '{ status: SENT }',
    '{ number: 10248 }',
  ])('%s does not fit the schema', async (filter) => {
    const answered = await world.as('admin').query(`{ orders(filter: ${filter}) { totalCount } }`)
    expect(codesOf(answered)).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { createWorld, dataOf, type Statement, type World } from '../../support/world.ts'
import { rowsRead } from '../support/explain.ts'
import { pageOf } from '../support/walk.ts'

const orderList = pageOf(z.object({ number: z.int() }))
const atRoot = z.object({ orders: orderList }).transform(({ orders }) => orders)
const ofCustomer = z.object({ customer: z.object({ orders: orderList }) }).transform(({ customer }) => customer.orders)

const sorts = [
  ['PLACED_AT', 'ASC', { placedAt: 'asc' }],
  ['PLACED_AT', 'DESC', { placedAt: 'desc' }],
  ['NUMBER', 'ASC', { number: 'asc' }],
  ['NUMBER', 'DESC', { number: 'desc' }],
  ['TOTAL', 'ASC', { totalMinor: 'asc' }],
  ['TOTAL', 'DESC', { totalMinor: 'desc' }],
] as const

const rootQuery = `query ($after: String, $field: OrderSortField!, $direction: SortDirection!) {
  orders(first: 20, after: $after, sort: { field: $field, direction: $direction }) {
    edges { node { number } } pageInfo { hasNextPage endCursor }
  }
}`
const nestedQuery = `query ($id: ID!, $after: String) {
  customer(id: $id) {
    orders(first: 10, after: $after) { edges { node { number } } pageInfo { hasNextPage endCursor } }
  }
}`

interface Page {
  numbers: number[]
  endCursor: string | null
  hasNextPage: boolean
  statements: Statement[]
}

const customer = demoCustomer('SAVEA')

/**
 * PostgreSQL may read a table as small as Northwind's as a whole. So 20,000 orders of one customer are added, in groups
 * of 400 with equal date and total, so that keyset pages must also work between equal values.
 */
const manyOrders = `
  insert into commerce.so_header
    (uid, cust_uid, ccy, placed_ts, total_minor, st_recip_nm, st_street, st_city, st_ctry)
  select gen_random_uuid(), (select uid from commerce.crm_customer where cust_cd = 'SAVEA'), 'USD',
         timestamptz '1996-02-01 00:00Z' + (n % 50) * interval '60 days', n % 50 * 1000, 'Save-a-lot', '187 Suffolk Ln.', 'Boise', 'US'
  from generate_series(1, 20000) as n`

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.client.$executeRawUnsafe(manyOrders)
  await world.client.$executeRawUnsafe('analyze commerce.so_header')
})
afterAll(() => world.close())

async function readPages(
  count: number,
  query: string,
  variables: Record<string, unknown>,
  shape: z.ZodType<z.infer<typeof orderList>>,
): Promise<Page[]> {
  const pages: Page[] = []
  for (let after: string | null = null; pages.length < count; ) {
    const before = world.statements.length
    const { edges, pageInfo }: z.infer<typeof orderList> = dataOf(
      await world.as('admin').query(query, { ...variables, after }),
      shape,
    )
    const statements = world.statements.slice(before)
    pages.push({ numbers: edges.map(({ node }) => node.number), ...pageInfo, statements })
    after = pageInfo.endCursor
  }
  return pages
}

/** The rows of the order table that PostgreSQL reads for a page. */
async function readOf(page: Page | undefined): Promise<number> {
  const [statement] = page?.statements ?? []
  if (!statement) throw new Error('the page ran no statement')
  return rowsRead(world.databaseUrl, statement, 'so_header')
}

describe.each(sorts)('20,830 orders by %s %s, 20 a page', (field, direction, orderBy) => {
  let pages: Page[]
  beforeAll(async () => {
    pages = await readPages(40, rootQuery, { field, direction }, atRoot)
  })

  it('show the first 800 in order on 40 pages, none twice', async () => {
    expect(pages.flatMap(({ numbers }) => numbers)).toEqual(await numbersBy(orderBy, {}, 800))
  })

  it('take one statement a page', () => {
    expect(pages.map(({ statements }) => statements.length)).toEqual(pages.map(() => 1))
  })

  it('read 21 rows for page 1, and as many for page 40', async () => {
    expect([await readOf(pages[0]), await readOf(pages[39])]).toEqual([21, 21])
  })
})

describe('the 20,031 orders of one customer, 10 a page', () => {
  let pages: Page[]
  beforeAll(async () => {
    pages = await readPages(45, nestedQuery, { id: customer.sub }, ofCustomer)
  })

  it('show the newest 450 in order on 45 pages, none twice', async () => {
    const expected = await numbersBy({ placedAt: 'desc' }, { customer: { code: 'SAVEA' } }, 450)
    expect(pages.flatMap(({ numbers }) => numbers)).toEqual(expected)
  })

  it('take one statement a page, the customer included', () => {
    expect(pages.map(({ statements }) => statements.length)).toEqual(pages.map(() => 1))
  })

  it('read 11 rows for page 1, and as many for page 2 and page 45', async () => {
    expect([await readOf(pages[0]), await readOf(pages[1]), await readOf(pages[44])]).toEqual([11, 11, 11])
  })
})

async function numbersBy(
  orderBy: (typeof sorts)[number][2] | { placedAt: 'desc' },
  where: { customer?: { code: string } },
  take: number,
): Promise<number[]> {
  const ids = Object.values(orderBy).includes('desc') ? ('desc' as const) : ('asc' as const)
  const rows = await world.client.order.findMany({
    where,
    orderBy: [orderBy, { id: ids }],
    take,
    select: { number: true },
  })
  return rows.map(({ number }) => number)
}

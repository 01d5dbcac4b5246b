import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'

const runs = 20
/** PostgreSQL plans up to this many calls with their values before it chooses between both kinds of plans. */
const firstPlans = 5

type Read = [what: string, query: string, variables?: (turn: number) => Record<string, unknown>]

const orderFields = `number placedAt status total { amount } customer { name } lines { quantity product { name sku } }`
const customer = (turn: number) => encodeId('Customer', demoId('customer', ['ALFKI', 'BONAP', 'QUICK'][turn % 3] ?? ''))

/** Reads of which one plan is as good as another for each value. */
const reads: Read[] = [
  [
    'one row by a unique value',
    'query ($sku: String!) { product(sku: $sku) { name category { name } } }',
    (turn) => ({ sku: `NW-${String(turn + 1).padStart(4, '0')}` }),
  ],
  ['a list', '{ products(first: 20) { edges { node { name unitPrice { amount } supplier { name } } } } }'],
  ['a nested list', `{ orders(first: 20) { edges { node { ${orderFields} } } } }`],
  [
    'a row with a list below it',
    'query ($id: ID!) { customer(id: $id) { name orders(first: 5) { edges { node { number total { amount } } } } } }',
    (turn) => ({ id: customer(turn) }),
  ],
  [
    'some rows by their keys',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { name } } }',
    (turn) => ({
      ids: Array.from({ length: 1 + (turn % 3) }, (_, place) => {
        return encodeId('Product', demoId('product', String(1 + turn + place)))
      }),
    }),
  ],
  [
    'a list filtered by few values',
    `{ orders(first: 20, filter: { status: [DELIVERED, SHIPPED] }, sort: { field: TOTAL, direction: DESC }) {
      edges { node { number } } } }`,
  ],
  [
    'a list filtered by a foreign key',
    'query ($customer: ID) { orders(first: 5, filter: { customerId: $customer }, sort: { field: TOTAL }) { edges { node { number } } } }',
    (turn) => ({ customer: customer(turn) }),
  ],
  [
    'a list filtered by the range that it is sorted by',
    'query ($from: DateTime) { orders(first: 20, filter: { placed: { from: $from } }) { edges { node { number } } } }',
    (turn) => ({ from: `1998-0${1 + (turn % 5)}-01T00:00:00Z` }),
  ],
  [
    'a count with a filter',
    'query ($country: CountryCode) { orders(filter: { shipToCountry: $country }) { totalCount } }',
    (turn) => ({ country: ['DE', 'FR', 'US'][turn % 3] }),
  ],
]

/** Reads of which a plan made for other values may take 200 times as long. */
const skewedReads: Read[] = [
  [
    'a list filtered by the range of another column',
    `query ($from: DateTime) { orders(first: 20, filter: { placed: { from: $from } }, sort: { field: TOTAL }) {
      edges { node { number } } } }`,
    (turn) => ({ from: `1998-0${1 + (turn % 5)}-01T00:00:00Z` }),
  ],
  [
    'a list filtered by a text',
    'query ($country: CountryCode) { orders(first: 20, filter: { shipToCountry: $country }) { edges { node { number } } } }',
    (turn) => ({ country: ['DE', 'FR', 'US'][turn % 3] }),
  ],
  [
    'a search in texts',
    'query ($text: String) { products(first: 10, filter: { nameContains: $text }) { edges { node { name } } } }',
    (turn) => ({ text: ['cha', 'sir', 'tofu'][turn % 3] }),
  ],
]

describe.each(['admin', 'customer ALFKI'] as const)('of a read as %s, the plan', (viewer) => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_POOL_SIZE: '1' } })
  })
  afterAll(() => world.close())

  async function statementsOfRuns([, query, variables]: Read): Promise<Set<string>> {
    const run = async (turn: number) => {
      const { errors } = await world.as(viewer).query(query, variables?.(turn) ?? {})
      expect(errors).toBeUndefined()
    }
    // The statement of a document that is not known yet reads keys too.
    await run(0)
    const used = await world.statementsOf(async () => {
      for (let turn = 0; turn < runs; turn++) await run(turn)
    })
    expect(used).toHaveLength(runs)
    return new Set(used.map(({ sql }) => sql))
  }

  it.each(reads)('is made once and kept: %s', async (...read) => {
    const texts = await statementsOfRuns(read)
    const plans = (await preparedIn(world)).filter(({ statement }) => texts.has(statement))
    expect(plans).toHaveLength(1)
    const [plan] = plans
    expect(plan?.custom).toBeLessThanOrEqual(firstPlans)
    expect(plan?.generic).toBeGreaterThanOrEqual(runs - firstPlans)
  })

  it.each(skewedReads)('is made for the values of each call: %s', async (...read) => {
    const texts = await statementsOfRuns(read)
    expect((await preparedIn(world)).filter(({ statement }) => texts.has(statement))).toEqual([])
  })
})

describe('a filter by few values', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_POOL_SIZE: '1' } })
  })
  afterAll(() => world.close())

  it('has a plan for each set of values, in any order and with repetitions', async () => {
    const query =
      'query ($status: [OrderStatus!]) { orders(first: 3, filter: { status: $status }) { edges { node { number } } } }'
    const sqlFor = async (...status: string[]) => {
      const ask = () => world.as('admin').query(query, { status })
      await ask()
      const [statement] = await world.statementsOf(ask)
      return statement?.sql
    }
    expect(await sqlFor('SHIPPED', 'PAID', 'PAID')).toBe(await sqlFor('PAID', 'SHIPPED'))
    expect(await sqlFor('PAID', 'SHIPPED')).not.toBe(await sqlFor('PAID'))
  })
})

const prepared = z.array(z.object({ statement: z.string(), generic: z.coerce.number(), custom: z.coerce.number() }))

/** The prepared statements of the server's only connection. */
async function preparedIn({ database }: World) {
  const sql = `select statement, generic_plans as generic, custom_plans as custom from pg_prepared_statements`
  return prepared.parse(await database.client.$queryRawUnsafe(sql))
}

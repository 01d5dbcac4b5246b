import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'

const runs = 20
/** PostgreSQL plans up to this many calls with their values before it chooses between both kinds of plans. */
const firstPlans = 5

const skus = (turn: number) => ({ sku: `NW-${String(turn + 1).padStart(4, '0')}` })
const orderFields = `number placedAt status total { amount } customer { name } lines { quantity product { name sku } }`

const shapes: [what: string, query: string, variables?: (turn: number) => Record<string, unknown>][] = [
  ['one row by a unique value', 'query ($sku: String!) { product(sku: $sku) { name category { name } } }', skus],
  ['a list', '{ products(first: 20) { edges { node { name unitPrice { amount } supplier { name } } } } }'],
  ['a nested list', `{ orders(first: 20) { edges { node { ${orderFields} } } } }`],
  [
    'a row with a list below it',
    'query ($id: ID!) { customer(id: $id) { name orders(first: 5) { edges { node { number total { amount } } } } } }',
    (turn) => ({ id: encodeId('Customer', demoId('customer', ['ALFKI', 'BONAP', 'QUICK'][turn % 3] ?? '')) }),
  ],
  [
    'a filtered and sorted list',
    `query ($status: [OrderStatus!]) { orders(first: 20, filter: { status: $status }, sort: { field: TOTAL, direction: DESC }) {
      edges { node { number } } } }`,
    (turn) => ({ status: turn % 2 ? ['DELIVERED'] : ['DELIVERED', 'SHIPPED'] }),
  ],
  [
    'a count with a filter',
    'query ($country: CountryCode) { orders(filter: { shipToCountry: $country }) { totalCount } }',
    (turn) => ({ country: ['DE', 'FR', 'US'][turn % 3] }),
  ],
  [
    'a search in texts',
    'query ($text: String) { products(first: 10, filter: { nameContains: $text }) { edges { node { name } } } }',
    (turn) => ({ text: ['cha', 'sir', 'tofu'][turn % 3] }),
  ],
]

describe('a read by staff', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_POOL_SIZE: '1' } })
  })
  afterAll(() => world.close())

  it.each(shapes)('of %s is planned once, not for each call', async (_what, query, variables) => {
    const used = await world.statementsOf(async () => {
      for (let turn = 0; turn < runs; turn++) {
        const { errors } = await world.as('admin').query(query, variables?.(turn) ?? {})
        expect(errors).toBeUndefined()
      }
    })
    const texts = new Set(used.map(({ sql }) => sql))
    const plans = (await preparedIn(world)).filter(({ statement }) => texts.has(statement))
    expect(plans.map(({ statement }) => statement).sort()).toEqual([...texts].sort())
    for (const { generic, custom } of plans) expect([generic + custom, custom <= firstPlans]).toEqual([runs, true])
  })
})

const prepared = z.array(z.object({ statement: z.string(), generic: z.coerce.number(), custom: z.coerce.number() }))

/** The prepared statements of the server's only connection. */
async function preparedIn({ database }: World) {
  const sql = `select statement, generic_plans as generic, custom_plans as custom from pg_prepared_statements`
  return prepared.parse(await database.client.$queryRawUnsafe(sql))
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schema } from '../../../src/schema.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { Query, randomQuery } from '../support/query-forms.ts'
import { ReferenceCost } from '../support/reference-cost.ts'

let world: World
let reference: ReferenceCost
beforeAll(async () => {
  world = await createWorld({ env: { MAX_COST: '500', MAX_ALIASES: '1000', MAX_DEPTH: '20' } })
  reference = new ReferenceCost(await readFile(join(import.meta.dirname, '../../../schema.graphql'), 'utf8'))
})
afterAll(() => world.close())

const costOf = async (query: string, viewer = 'admin') => {
  const { requested, actual } = (await world.as(viewer).query(query)).extensions?.cost ?? {}
  return { requested, actual }
}

describe('the actual cost', () => {
  const examples: [query: string, requested: number, actual: number, why: string][] = [
    ['{ viewer { kind } }', 1, 1, 'what is there was read'],
    ['{ order(number: 1) { customer { name } } }', 2, 1, 'below a null is nothing'],
    ['{ order(number: 10248) { customer { name } lines { id } } }', 12, 5, 'three lines, taken to be ten'],
    ['{ suppliers(first: 100) { edges { node { name } } } }', 101, 30, 'all 29 suppliers'],
    ['{ products(first: 3) { edges { node { category { name } supplier { name } } } } }', 10, 10, 'a whole page'],
    [
      '{ products(first: 5, filter: { nameContains: "qqq" }) { totalCount edges { node { id } } } }',
      11,
      6,
      'none there',
    ],
    ['{ nodes(ids: ["order_01h455vb4pex5vsknk084sn02q", "order_01h455vb4pex5vsknk084sn02q"]) { id } }', 2, 2, 'asked'],
    ['{ a: viewer { kind } b: order(number: 1) { lines { id } } }', 12, 2, 'aliases each'],
    ['{ __type(name: "Currency") { name } __typename }', 1, 1, 'a type there is none of was looked for'],
    ['{ __type(name: "Order") { fields { name } } }', 2, 2, 'introspection, no more than was taken'],
    ['{ __type(name: "CarrierEdge") { a: fields { name } b: fields { name } } }', 3, 2, 'introspection by its answer'],
    ['{ orders(first: 101) { edges { node { id } } } }', 1, 1, 'what is refused was looked at'],
  ]
  it.each(examples)('of %s is %i, then %i: %s', async (query, requested, actual) => {
    expect(await costOf(query)).toEqual({ requested, actual })
  })

  it('counts the objects of an interface by the fields of their type', async () => {
    const answered = await world.as('admin').query('{ order(number: 10248) { id } }')
    const { order } = dataOf(answered, z.object({ order: z.object({ id: z.string() }) }))
    const parts = '... on Order { lines { id } customer { id } } ... on Product { category { id } }'
    expect(await costOf(`{ node(id: "${order.id}") { id ${parts} } }`)).toEqual({ requested: 12, actual: 5 })
  })

  it('is the requested cost where an error removed values from the response', async () => {
    // Too many ids fail the whole list, which is non-null: `data` is null, and all pages with it.
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } orders(first: 5) { edges { node { id } } } }'
    const answered = await world.as('admin').query(query, { ids: Array(101).fill('x') })
    expect(answered.data).toBeNull()
    expect(codesOf(answered)).toEqual(['BAD_USER_INPUT'])
    expect(answered.extensions?.cost).toMatchObject({ requested: 107, actual: 107 })
  })

  it('is never above the requested cost, although a list may be longer than assumed', async () => {
    const answered = await world.as('admin').query('{ order(number: 11077) { lines { id } } }')
    const shape = z.object({ order: z.object({ lines: z.array(z.unknown()) }) })
    expect(dataOf(answered, shape).order.lines).toHaveLength(25)
    expect(answered.extensions?.cost).toMatchObject({ requested: 11, actual: 11 })
  })
})

describe('a random query', () => {
  it('is charged as schema.graphql says, and counted by its response alike in every form', async () => {
    let executed = 0
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (random) => {
        const selections = randomQuery(schema, random)
        const answered = await world.as('admin').query(new Query({}).write(selections))
        const requested = reference.requested(selections)
        if (!answered.extensions?.cost) {
          expect([requested > 500, codesOf(answered)]).toEqual([true, ['COST_LIMIT_EXCEEDED']])
          return
        }
        executed++
        const whole = answered.data !== null && !answered.errors
        const actual = whole ? Math.min(requested, reference.actual(selections, answered.data)) : undefined
        expect(answered.extensions.cost).toMatchObject({ requested, ...(whole ? { actual } : {}) })
        expect(answered.extensions.cost.actual).toBeLessThanOrEqual(requested)

        const form = new Query({
          argument: (value, type, query) => query.variable(type, { value: JSON.parse(value) }),
          set: (fields, type, query) => `${query.fragment(fields, type)} ... { ${fields} }`,
        })
        const rewritten = await world.as('admin').query(form.write(selections), form.variables)
        if (!rewritten.extensions?.cost) {
          // Not returned, because the property would take it for its result.
          expect(codesOf(rewritten)).toEqual(['DOCUMENT_LIMIT_EXCEEDED'])
          return
        }
        expect(rewritten.extensions.cost).toMatchObject({ requested, actual: answered.extensions.cost.actual })
      }),
      { numRuns: 60 },
    )
    expect(executed).toBeGreaterThan(10)
  })
})

import fc from 'fast-check'
import { type DocumentNode, getIntrospectionQuery, getOperationAST, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coerceVariables } from '../../../src/platform/graphql/variables.ts'
import { CostLimitReached, requestedCost } from '../../../src/platform/limits/query-cost.ts'
import { QueryPlans } from '../../../src/platform/limits/query-plan.ts'
import { schema } from '../../../src/schema.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { outcome, post } from '../support/call.ts'
import { seed } from '../support/draw.ts'
import { type Form, Query, randomQuery } from '../support/query-forms.ts'

/** The cost of one operation of a valid document. */
function costOf(query: string, given: Record<string, unknown> = {}, name?: string, limit = Number.POSITIVE_INFINITY) {
  const document: DocumentNode = parse(query)
  expect(validate(schema, document).map(({ message }) => message)).toEqual([])
  const operation = getOperationAST(document, name)
  if (!operation) throw new Error('no such operation')
  const { coerced, errors } = coerceVariables(schema, operation, given)
  if (errors) throw new AggregateError(errors)
  const plan = new QueryPlans().planOf({ schema, document, operation, variables: coerced })
  return requestedCost(plan, coerced, limit)
}

/** graphql-js gives up on a document with too many fields to compare: the server refuses it, at no cost. */
function isTooMuch(query: string): boolean {
  return validate(schema, parse(query)).some(({ message }) => message === 'Validation aborted.')
}

describe('the cost of a query', () => {
  const examples: [query: string, cost: number, why: string][] = [
    ['{ __typename }', 0, 'scalars are free'],
    ['{ viewer { kind roles scopes } }', 1, 'one object'],
    ['{ order(number: 1) { number customer { name country } } }', 2, 'an object each'],
    ['{ order(number: 1) { total { amount } freight { currency } } }', 3, 'Money is an object'],
    ['{ product(sku: "x") { unitsSold } }', 2, 'a field that says 1'],
    ['{ orders { edges { node { number } } } }', 21, 'a page is 20 unless it says'],
    ['{ orders(first: 5) { edges { node { number } cursor } } }', 6, 'a connection and its nodes'],
    ['{ orders(last: 5) { edges { node { number } } } }', 6, '`last` is a size too'],
    ['{ orders(first: 0) { edges { node { number } } } }', 2, 'an empty page, behind which a row is looked for'],
    ['{ orders(first: null) { edges { node { number } } } }', 21, 'null is not given'],
    ['{ orders(first: 101) { edges { node { number } } } }', 1, 'what will be refused reads nothing'],
    ['{ orders(first: -1) { edges { node { number } } } }', 1, 'what will be refused reads nothing'],
    ['{ orders(first: 5) { pageInfo { hasNextPage endCursor } } }', 1, '`pageInfo` is part of the page'],
    ['{ orders { totalCount } }', 6, 'a count costs 5'],
    ['{ orders(first: 10) { edges { node { lines { quantity } } } } }', 111, 'lines are taken to be ten'],
    ['{ customers(first: 3) { edges { node { orders { edges { node { id } } } } } } }', 67, 'sizes multiply'],
    ['{ nodes(ids: ["a", "b", "c"]) { id } }', 3, 'an object an id'],
    ['{ nodes(ids: []) { id } }', 0, 'no ids, no objects'],
    ['{ nodes(ids: ["a", "b"]) { ... on Order { lines { id } } ... on Category { id } } }', 22, 'the dearest type'],
    [
      '{ node(id: "a") { ... on Order { customer { id } } ... on Product { category { id } supplier { id } } } }',
      3,
      'max',
    ],
    ['{ a: viewer { kind } b: viewer { kind } c: viewer { roles } }', 3, 'aliases count each'],
    ['{ viewer { kind } viewer { roles } ... { viewer { scopes } } }', 1, 'one field, asked for in parts'],
    [
      '{ __type(name: "Order") { name kind fields { name } } }',
      2,
      'an eighth for each field of introspection, rounded up',
    ],
    [
      '{ __schema { types { fields { type { name } } } } }',
      201,
      'it is taken to tell of a hundred types of five fields',
    ],
    ['{ __schema { types { __typename a: name b: name } } }', 51, 'its texts are not free, by whatever alias'],
    [
      '{ __schema { types { fields { type { ofType { ofType { name } } } } } } }',
      201,
      'half of the types wrap another',
    ],
    [
      'mutation { orderPlace(input: { lines: [], shipTo: { recipient: "r", street: "s", city: "c", country: "DE" } }) { order { number } userErrors { code } } }',
      12,
      'a mutation says its own',
    ],
  ]
  it.each(examples)('%s is %i: %s', (query, cost) => {
    expect(costOf(query)).toBe(cost)
  })

  it('counts the operation that runs, and not its document', () => {
    const query = 'query A { viewer { kind } } query B { orders(first: 100) { edges { node { id } } } }'
    expect([costOf(query, {}, 'A'), costOf(query, {}, 'B')]).toEqual([1, 101])
  })

  it('leaves out skipped fields, by literals, variables and defaults', () => {
    const query = `query ($no: Boolean! = false, $yes: Boolean!) {
      orders(first: 10) @include(if: $no) { totalCount }
      products(first: 10) @skip(if: $yes) { totalCount }
      ... @include(if: false) { customers { totalCount } }
      ...All @skip(if: true)
      viewer @include(if: $yes) @skip(if: $no) { kind }
    }
    fragment All on Query { carriers { totalCount } }`
    expect(costOf(query, { yes: true })).toBe(1)
    expect(costOf(query, { yes: true, no: true })).toBe(6)
    expect(costOf(query, { yes: false })).toBe(6)
  })
})

describe('the plan of a document', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const definitions = names.map((name) => `$${name}: Boolean!`).join(', ')
  const fields = names.map((name) => `${name}: viewer @include(if: $${name}) { kind }`).join(' ')
  const document = parse(`query ($n: Int, ${definitions}) { ${fields} orders(first: $n) { edges { node { id } } } }`)
  const operation = getOperationAST(document)
  const plans = new QueryPlans()
  const costWith = (variables: Record<string, unknown>) => {
    if (!operation) throw new Error('no operation')
    return requestedCost(plans.planOf({ schema, document, operation, variables }), variables, 1000)
  }

  it('is cached for each combination of conditions, and counts the sizes of each request', () => {
    for (let number = 0; number < 64; number++) {
      const conditions = names.map((name, bit): [string, boolean] => [name, (number & (1 << bit)) !== 0])
      const viewers = conditions.filter(([, value]) => value).length
      expect(costWith({ ...Object.fromEntries(conditions), n: number + 1 })).toBe(viewers + 1 + number + 1)
    }
  })

  it('is the same while only a size differs', () => {
    const all = Object.fromEntries(names.map((name) => [name, true]))
    const planOf = (variables: Record<string, unknown>) =>
      operation && plans.planOf({ schema, document, operation, variables })
    expect(planOf({ ...all, n: 1 })).toBe(planOf({ ...all, n: 100 }))
    expect(planOf({ ...all, n: 1 })).not.toBe(planOf({ ...all, a: false, n: 1 }))
  })
})

describe('a query of 100 x 100', () => {
  const numbers = 'orders(first: 100) { edges { node { number } } }'
  const literals = `customers(first: 100) { edges { node { ${numbers} } } }`
  const withVariables = literals.replaceAll('100', '$n')
  const forms: [form: string, query: string, variables?: Record<string, unknown>][] = [
    ['literals', `{ ${literals} }`],
    ['variables', `query ($n: Int!) { ${withVariables} }`, { n: 100 }],
    ['defaults', `query ($n: Int = 100) { ${withVariables} }`],
    ['variables in the place of a default', `query ($n: Int = 1) { ${withVariables} }`, { n: 100 }],
    [
      'fragments',
      `{ ...A } fragment A on Query { customers(first: 100) { edges { node { ...B } } } }
      fragment B on Customer { ${numbers} }`,
    ],
    ['inline fragments', `{ ... on Query { customers(first: 100) { edges { node { ... { ${numbers} } } } } } }`],
    [
      'aliases',
      `{ a: customers(first: 100) { b: edges { c: node { d: orders(first: 100) { e: edges { f: node { g: number } } } } } } }`,
    ],
    ['aliases that merge', `{ a: ${literals} a: ${literals} ...A } fragment A on Query { a: ${literals} }`],
    ['`last`', `{ ${literals.replaceAll('first', 'last')} }`],
  ]
  it.each(forms)('costs the same in %s', (_form, query, variables = {}) => {
    expect(costOf(query, variables)).toBe(1 + 100 * (1 + 1 + 100))
  })

  it.each(forms)('is not counted beyond the limit in %s', (_form, query, variables = {}) => {
    expect(costOf(query, variables, undefined, 10_201)).toBe(10_201)
    expect(() => costOf(query, variables, undefined, 10_200)).toThrow(CostLimitReached)
  })
})

const literal: Form = {}
const forms: Record<string, Form> = {
  variables: { argument: (value, type, query) => query.variable(type, { value: JSON.parse(value) }) },
  'variables by default': { argument: (value, type, query) => query.variable(type, { default: value }) },
  'variables other than the default': {
    argument: (value, type, query) => {
      const other = type.startsWith('[') ? '[]' : type.startsWith('Int') ? '7' : '"other"'
      return query.variable(type, { default: other, value: JSON.parse(value) })
    },
  },
  'inline fragments': { set: (fields) => `... { ${fields} }` },
  'inline fragments with a type': { set: (fields, type) => `... on ${type} { ${fields} }` },
  'named fragments': { set: (fields, type, query) => query.fragment(fields, type) },
  'fragments in fragments': { set: (fields, type, query) => query.fragment(query.fragment(fields, type), type) },
  'a fragment spread twice': { set: (fields, type, query) => Array(2).fill(query.fragment(fields, type)).join(' ') },
  'fields twice': { set: (fields) => `${fields} ... { ${fields} }` },
  'fields in parts': { groups: (children) => children.map((child) => [child]) },
  '@include': { directive: () => '@include(if: true)' },
  '@skip by a variable': { directive: (query) => `@skip(if: ${query.variable('Boolean!', { value: false })})` },
  'what is skipped beside it': { set: (fields) => `${fields} ... @skip(if: true) { ${fields} }` },
  'what is not included beside it': {
    set: (fields, type, query) => {
      const no = query.variable('Boolean!', { default: 'false' })
      return `... on ${type} @include(if: ${no}) { ${fields} } ${fields}`
    },
  },
}

const queries = Number(process.env.COST_QUERIES ?? 30)

describe('the cost of a random query', () => {
  it('is the same in literals and in every other form', { timeout: 900 * queries }, () => {
    fc.assert(
      fc.property(fc.gen(), (random) => {
        const selections = randomQuery(schema, random)
        const plain = new Query(literal).write(selections)
        fc.pre(!isTooMuch(plain))
        const expected = costOf(plain)
        for (const [name, form] of Object.entries(forms)) {
          const asked = new Query(form)
          const rewritten = asked.write(selections)
          if (isTooMuch(rewritten)) continue
          expect([name, costOf(rewritten, asked.variables)]).toEqual([name, expected])
        }
      }),
      { numRuns: queries, seed },
    )
  })
})

describe('the cost limit', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ data: 'empty', env: { MAX_COST: '1000' } })
  })
  afterAll(() => world.close())

  const customers = 'customers(first: 100) { edges { node { orders(first: 100) { edges { node { number } } } } } }'
  const hundredByHundred: [form: string, query: string, variables?: Record<string, unknown>][] = [
    ['literals', `{ ${customers} }`],
    ['variables', `query ($n: Int) { ${customers.replaceAll('100', '$n')} }`, { n: 100 }],
    ['a default', `query ($n: Int = 100) { ${customers.replaceAll('100', '$n')} }`],
    ['a fragment', `{ ...All } fragment All on Query { ${customers} }`],
    ['an inline fragment', `{ ... on Query { ${customers} } }`],
    ['parts', `{ customers(first: 100) { totalCount } ${customers} }`],
    ['`last`', `{ ${customers.replaceAll('first', 'last')} }`],
    ['default pages', '{ customers { edges { node { orders { edges { node { lines { id } } } } } } } }'],
    [
      'aliases',
      `{ ${Array.from({ length: 11 }, (_, index) => `a${index}: orders(first: 100) { edges { node { id } } }`).join(' ')} }`,
    ],
    ['ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(1001).fill('a') }],
    ['a conditional', `query ($yes: Boolean!) { ... @include(if: $yes) { ${customers} } }`, { yes: true }],
  ]
  it.each(hundredByHundred)(
    'refuses too much in %s, with 422 and before a statement is run',
    async (_form, query, variables = {}) => {
      const authorization = `Bearer ${await world.tokenFor('admin')}`
      const before = world.statements.length
      const reply = await post(world.url, { query, variables }, { authorization })
      expect(outcome(reply)).toBe('422 COST_LIMIT_EXCEEDED')
      expect(reply.text).not.toContain('"data"')
      expect(world.statements.length).toBe(before)
    },
  )

  it('accepts its exact number, and the response says how much that was', async () => {
    const ids = (count: number) => ({ ids: Array(count).fill('order_01h455vb4pex5vsknk084sn02q') })
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const answered = await world.as('admin').query(query, ids(100))
    expect(answered.extensions?.cost).toMatchObject({ requested: 100, actual: 100, maximum: 1000 })
    expect(codesOf(await world.as('admin').query(query, ids(1000)))).toEqual(['BAD_USER_INPUT'])
    expect(codesOf(await world.as('admin').query(query, ids(1001)))).toEqual(['COST_LIMIT_EXCEEDED'])
  })

  it('is in the error and in the log where it was exceeded', async () => {
    const { errors } = await world.as('admin').query(`{ ${customers} }`)
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'COST_LIMIT_EXCEEDED', maximum: 1000, requestId: expect.any(String) },
    ])
    const { requestId } = errors?.[0]?.extensions ?? {}
    const line = world.logLines.find((text) => text.includes(String(requestId)))
    expect(JSON.parse(line ?? '{}')).toMatchObject({ costAbove: 1000, errors: ['COST_LIMIT_EXCEEDED'] })
    expect(line).not.toContain('"cost":')
  })

  it('ignores skipped fields', async () => {
    const query = `query ($no: Boolean!) { viewer { kind } ... @include(if: $no) { ${customers} } }`
    const answered = await world.as('admin').query(query, { no: false })
    expect(answered.extensions?.cost).toMatchObject({ requested: 1, actual: 1, maximum: 1000 })
  })

  it('applies before a denial', async () => {
    const answered = await world.as('anonymous').query('{ orders(first: 5) { edges { node { number } } } }')
    expect(codesOf(answered)).toEqual(['UNAUTHENTICATED'])
    expect(answered.extensions?.cost).toMatchObject({ requested: 6, actual: 1, maximum: 1000 })
  })
})

describe('introspection, with default limits', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ data: 'empty' })
  })
  afterAll(() => world.close())

  /** The introspection queries of GraphiQL and of code generators. */
  const everything = { directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true }
  const asked = [
    getIntrospectionQuery({ inputValueDeprecation: true }),
    getIntrospectionQuery({ ...everything, schemaDescription: true, specifiedByUrl: true }),
  ]

  it.each(asked)('is answered to everyone, completely, and costs its size: %#', async (query) => {
    const { data, errors, extensions } = await world.as('anonymous').query(query)
    expect(errors).toBeUndefined()
    expect(Object.keys(data ?? {})).toEqual(['__schema'])
    const { requested, actual } = extensions?.cost ?? { requested: 0, actual: 0 }
    expect(requested).toBeGreaterThan(1500)
    expect(requested).toBeLessThan(2500)
    expect(actual).toBeGreaterThan(900)
    expect(actual).toBeLessThanOrEqual(requested)
  })

  it.each([
    ['the whole', (alias: string) => `${alias}: __schema { ...Whole }`, (below: string) => below],
    ['what is within it', (alias: string) => `${alias}: types { ...Type }`, (below: string) => `__schema { ${below} }`],
  ])('of %s is answered twice in one document, and refused thirty times', async (_what, one, around) => {
    const type = `name kind description fields { name description args { name description type { ...Ref } } type { ...Ref } }
      inputFields { name type { ...Ref } } interfaces { ...Ref } enumValues { name description } possibleTypes { ...Ref }`
    const fragments = `fragment Whole on __Schema { types { ...Type } directives { name args { name } } }
      fragment Type on __Type { ${type} } fragment Ref on __Type { kind name ofType { kind name ofType { kind name } } }`
    const used = one('a').includes('Whole') ? fragments : fragments.replace(/fragment Whole.*/, '')
    const times = (count: number) =>
      `{ ${around(Array.from({ length: count }, (_, at) => one(`a${at}`)).join(' '))} } ${used}`
    expect(codesOf(await world.as('anonymous').query(times(2)))).toEqual([])
    expect(codesOf(await world.as('anonymous').query(times(30)))).toEqual(['COST_LIMIT_EXCEEDED'])
  })
})

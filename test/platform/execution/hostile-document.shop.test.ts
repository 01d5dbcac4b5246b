import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, dataIn, graphql, messages, outcome, post } from '../support/call.ts'

let world: World
let authorization: string
beforeAll(async () => {
  world = await createWorld()
  authorization = `Bearer ${await world.tokenFor('admin')}`
})
afterAll(() => world.close())

const send = (query: string, variables: object = {}) => post(world.url, { query, variables }, { authorization })
const nested = (depth: number, open: string, value: string, close: string) =>
  open.repeat(depth) + value + close.repeat(depth)

// Some of these once took minutes. The time limit of a test proves that none does now.

describe('a document 20,000 deep', () => {
  const documents: [what: string, query: string][] = [
    ['lists', `{ orders(filter: ${nested(20_000, '[', '1', ']')}) { totalCount } }`],
    ['lists that never end', `{ orders(filter: ${'['.repeat(20_000)}`],
    ['objects', `{ orders(filter: ${nested(20_000, '{ a: ', '1', '}')}) { totalCount } }`],
    ['fields', nested(20_000, '{ a ', '', '}')],
    ['inline fragments', `{ ${nested(20_000, '... { ', 'viewer { kind }', '}')} }`],
    ['list types', `query ($a: ${nested(20_000, '[', 'Int', ']')}) { viewer { kind } }`],
    ['lists of a default', `query ($a: [ID!]! = ${nested(20_000, '[', '', ']')}) { nodes(ids: $a) { id } }`],
  ]
  it.each(documents)('of %s is refused with 422', async (_what, query) => {
    expect(outcome(await send(query))).toBe('422 DOCUMENT_LIMIT_EXCEEDED')
  })

  it.each([
    [198, '422 GRAPHQL_VALIDATION_FAILED'],
    [199, '422 DOCUMENT_LIMIT_EXCEEDED'],
  ])('may have lists %s deep below its own braces: %s', async (depth, expected) => {
    expect(outcome(await send(`{ nodes(ids: ${nested(depth, '[', '1', ']')}) { id } }`))).toBe(expected)
  })
})

describe('variables 20,000 deep', () => {
  const lists = nested(20_000, '[', '1', ']')
  const objects = nested(20_000, '{"a":', '1', '}')
  const places: [type: string, at: string][] = [
    ['OrderFilter', 'orders(filter: $a) { totalCount }'],
    ['[OrderStatus!]', 'orders(filter: { status: $a }) { totalCount }'],
    ['[ID!]!', 'nodes(ids: $a) { id }'],
    ['ID', 'order(id: $a) { id }'],
    ['Int', 'orders(first: $a) { totalCount }'],
    ['String', 'products(filter: { nameContains: $a }) { totalCount }'],
    ['Boolean', 'orders(filter: { unshipped: $a }) { totalCount }'],
    ['Decimal', 'orders(filter: { total: { currency: "USD", min: $a } }) { totalCount }'],
    ['CurrencyCode!', 'orders(filter: { total: { currency: $a } }) { totalCount }'],
    ['CountryCode', 'orders(filter: { shipToCountry: $a }) { totalCount }'],
    ['DateTime', 'orders(filter: { placed: { from: $a } }) { totalCount }'],
  ]
  it.each(places)('in %s are refused with 400', async (type, at) => {
    for (const value of [lists, objects]) {
      const query = `query ($a: ${type}) { ${at} }`
      const body = `{ "query": ${JSON.stringify(query)}, "variables": { "a": ${value} } }`
      const reply = await call(world.url, { headers: { ...graphql, authorization }, body })
      expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
      expect(messages(reply)).toEqual(['Variables may nest 64 deep, and no deeper.'])
    }
  })

  it('are refused where no variable takes them, and ignored in other properties of the request', async () => {
    const bodies: [body: string, expected: string][] = [
      [`{ "query": "{ viewer { kind } }", "variables": { "x": ${objects} } }`, '400 BAD_USER_INPUT'],
      [`{ "query": "{ viewer { kind } }", "extensions": { "x": ${objects} } }`, '200'],
      [`{ "query": "{ viewer { kind } }", "x": ${lists} }`, '200'],
      [lists, '400 BAD_REQUEST'],
    ]
    for (const [body, expected] of bodies) {
      expect(outcome(await call(world.url, { headers: graphql, body }))).toBe(expected)
    }
  })

  it('are accepted up to 64 levels', async () => {
    const query = '{ viewer { kind } }'
    const given = (depth: number) => ({ x: JSON.parse(nested(depth, '[', '1', ']')) })
    expect(outcome(await send(query, given(63)))).toBe('200')
    expect(outcome(await send(query, given(64)))).toBe('400 BAD_USER_INPUT')
  })
})

describe('a request of 250 KB', () => {
  const long = 'x'.repeat(250_000)
  const orders = 'query ($value: OrderFilter) { orders(filter: $value) { totalCount } }'
  const unknown = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`k${index}`, 1]))
  const requests: [what: string, query: string, variables: object, expected: string | RegExp][] = [
    ['unknown fields', orders, { value: unknown }, /^400( BAD_USER_INPUT){11}$/],
    ['wrong statuses', orders, { value: { status: Array(20_000).fill('paid') } }, /^400( BAD_USER_INPUT){11}$/],
    ['right statuses', orders, { value: { status: Array(20_000).fill('PAID') } }, '200'],
    ['one literal', `{ product(sku: "${long}") { id } }`, {}, '200'],
    ['one variable', 'query ($sku: String) { product(sku: $sku) { id } }', { sku: long }, '200'],
    ['one name', `{ ${long} }`, {}, '422 GRAPHQL_VALIDATION_FAILED'],
    ['one number', `{ orders(first: ${'9'.repeat(250_000)}) { totalCount } }`, {}, '422 GRAPHQL_VALIDATION_FAILED'],
    ['a comment', `{ viewer { kind } } # ${long}`, {}, '200'],
    ['blanks', `{ viewer { kind } } ${' '.repeat(250_000)}`, {}, '200'],
    ['commas', `{ viewer { kind } } ${','.repeat(250_000)}`, {}, '200'],
    ['braces', '{'.repeat(250_000), {}, '422 DOCUMENT_LIMIT_EXCEEDED'],
    ['ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(60_000).fill('a') }, /^422 COST_LIMIT/],
    ['cursor', 'query ($a: String) { orders(after: $a) { totalCount } }', { a: long }, '200 INVALID_CURSOR'],
    ['id', 'query ($a: ID!) { node(id: $a) { id } }', { a: long }, '200 INVALID_ID'],
  ]
  it.each(requests)('with %s gets its response soon', async (_what, query, variables, expected) => {
    const reply = await send(query, variables)
    expect(outcome(reply)).toMatch(expected)
    expect(reply.text.length).toBeLessThan(300_000)
  })
})

describe('fragments', () => {
  it('in a cycle are refused with 422', async () => {
    const documents = [
      '{ ...A } fragment A on Query { ...A }',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      '{ viewer { customer { ...A } } } fragment A on Customer { orders { edges { node { customer { ...A } } } } }',
      'fragment A on Query { ...A } { viewer { kind } }',
    ]
    for (const query of documents) {
      const codes = new Set(outcome(await send(query)).split(' '))
      expect(codes).toEqual(new Set(['422', 'GRAPHQL_VALIDATION_FAILED']))
    }
  })

  it('that double the same fields twenty times are still those fields', async () => {
    const fragments = Array.from(
      { length: 20 },
      (_, index) => `fragment F${index} on Query { viewer { kind } ...F${index + 1} ...F${index + 1} }`,
    )
    const reply = await send(`{ ...F0 } ${fragments.join(' ')} fragment F20 on Query { __typename }`)
    expect(dataIn(reply)).toEqual({ viewer: { kind: 'STAFF' }, __typename: 'Query' })
  })

  it('that double the response twenty times by aliases are refused with 422', async () => {
    const fragments = Array.from({ length: 20 }, (_, index) => {
      const next = `customer { orders { edges { node { ...F${index + 1} } } } }`
      return `fragment F${index} on Order { a: ${next} b: ${next} }`
    })
    const query = `{ orders { edges { node { ...F0 } } } } ${fragments.join(' ')} fragment F20 on Order { id }`
    expect(outcome(await send(query))).toBe('422 DOCUMENT_LIMIT_EXCEEDED')
  })

  it('that multiply the response by their fields alone are refused with 422', async () => {
    const fragments = Array.from({ length: 5 }, (_, index) => {
      const next = `order { ...F${index + 1} }`
      return `fragment F${index} on Order { lines { ${next} } shipments { ${next} } payments { ${next} } invoice { ${next} } }`
    })
    const query = `{ order(number: 1) { ...F0 } } ${fragments.join(' ')} fragment F5 on Order { id }`
    expect(outcome(await send(query))).toBe('422 COST_LIMIT_EXCEEDED')
  })
})

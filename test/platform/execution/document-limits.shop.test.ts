import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, messages, outcome, post } from '../support/call.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { MAX_DEPTH: '3', MAX_ALIASES: '2', MAX_DIRECTIVES: '2', MAX_TOKENS: '60' } })
})
afterAll(() => world.close())

const over = '422 DOCUMENT_LIMIT_EXCEEDED'

async function expectRefused(query: string, message: string) {
  const before = world.statements.length
  const reply = await post(world.url, { query })
  expect(outcome(reply)).toBe(over)
  expect(messages(reply)).toEqual([message])
  expect(world.statements.length).toBe(before)
}

async function expectTaken(query: string) {
  const reply = await post(world.url, { query })
  expect(outcome(reply)).toBe('200')
}

describe('the limit on depth', () => {
  const atLimit = ['viewer { customer { name } }', 'products(first: 1) { edges { cursor } }']
  it.each(atLimit)('accepts { %s }', (fields) => expectTaken(`{ ${fields} }`))

  const four = 'viewer { customer { orders { totalCount } } }'
  const documents: [form: string, query: string][] = [
    ['plain fields', `{ ${four} }`],
    ['inline fragments', '{ ... { viewer { ... on Viewer { customer { ... { orders { totalCount } } } } } } }'],
    ['a fragment', '{ viewer { customer { ...C } } } fragment C on Customer { orders { totalCount } }'],
    [
      'fragments in fragments',
      '{ ...Q } fragment Q on Query { viewer { ...V } } fragment V on Viewer { customer { ...C } } fragment C on Customer { orders { ...O } } fragment O on OrderConnection { totalCount }',
    ],
    [
      'a fragment met less deep before',
      '{ viewer { customer { name } } ...Q } fragment Q on Query { viewer { customer { orders { totalCount } } } }',
    ],
  ]
  it.each(documents)('refuses one more in %s', (_form, query) => {
    return expectRefused(query, 'Query depth limit of 3 exceeded, found 4.')
  })

  it('applies to every operation of a document, whichever runs', async () => {
    const query = `query A { viewer { kind } } query B { ${four} }`
    expect(outcome(await post(world.url, { query, operationName: 'A' }))).toBe(over)
  })

  it('counts no level for a fragment', () => {
    return expectTaken('{ ...Q } fragment Q on Query { ... { viewer { ...V } } } fragment V on Viewer { kind }')
  })

  it('does not apply to introspection, which has its own bound', async () => {
    await expectTaken('{ __schema { types { fields { type { ofType { ofType { name } } } } } } }')
    const deep = 'fields { type { fields { type { fields { type { name } } } } } }'
    const reply = await post(world.url, { query: `{ __schema { types { ${deep} } } }` })
    expect(outcome(reply)).toBe('422 GRAPHQL_VALIDATION_FAILED')
  })
})

describe('the limit on aliases', () => {
  it('accepts exactly its number', () => expectTaken('{ a: viewer { b: kind } }'))

  const documents: [form: string, query: string][] = [
    ['fields', '{ a: viewer { kind } b: viewer { kind } c: viewer { kind } }'],
    ['__typename', '{ a: __typename b: __typename c: __typename }'],
    ['fields named __typename', '{ __typename: viewer { kind } a: __typename b: __typename }'],
    ['levels', '{ a: viewer { b: kind c: kind } }'],
    ['inline fragments', '{ ... { a: __typename } ... { b: __typename } ... { c: __typename } }'],
    ['a fragment', '{ ...F } fragment F on Query { a: __typename b: __typename c: __typename }'],
  ]
  it.each(documents)('refuses one more in %s', (_form, query) => {
    return expectRefused(query, 'Aliases limit of 2 exceeded, found 3.')
  })

  it('counts a fragment each time it is spread', () => {
    const fragment = 'fragment F on Viewer { c: kind }'
    return expectRefused(
      `{ a: viewer { ...F } b: viewer { ...F } } ${fragment}`,
      'Aliases limit of 2 exceeded, found 4.',
    )
  })
})

describe('the limit on directives', () => {
  const yes = '@include(if: true)'
  it('accepts exactly its number', () => expectTaken(`{ viewer ${yes} { kind ${yes} } }`))

  const documents: [form: string, query: string][] = [
    ['fields', `{ viewer ${yes} { kind ${yes} roles ${yes} } }`],
    ['inline fragments', `{ ... ${yes} { viewer { ... ${yes} { kind ${yes} } } } }`],
    ['spreads', `{ ...F ${yes} } fragment F on Query { viewer ${yes} { kind ${yes} } }`],
  ]
  it.each(documents)('refuses one more in %s', (_form, query) => {
    return expectRefused(query, 'Directives limit of 2 exceeded, found 3.')
  })
})

describe('the limit on tokens', () => {
  // `{ viewer { kind } }` has six tokens.
  const tokens = (count: number) => `{ viewer { kind } ${'__typename '.repeat(count - 6)}}`

  it('accepts exactly its number, and refuses one more', async () => {
    await expectTaken(tokens(60))
    await expectRefused(tokens(61), 'Token limit of 60 exceeded.')
  })

  it('ignores comments, blanks and commas', () => expectTaken(`${tokens(60)} , ,, # { { { {\n   `))

  it('counts a malformed document up to its error', async () => {
    expect(outcome(await post(world.url, { query: `${'{ '.repeat(61)}` }))).toBe('400 GRAPHQL_PARSE_FAILED')
    await expectRefused(`{ a(b: ${'[ '.repeat(61)}`, 'Token limit of 60 exceeded.')
  })

  it('applies to GET too, and to a document that was refused before', async () => {
    for (const query of [tokens(61), tokens(62), tokens(61)]) {
      const path = `/graphql?${new URLSearchParams({ query })}`
      const accept = 'application/graphql-response+json'
      expect(outcome(await call(world.url, { method: 'GET', path, headers: { accept } }))).toBe(over)
    }
  })

  it('gives each refusal the id of its own request', async () => {
    const ids = new Set<unknown>()
    for (let round = 0; round < 3; round++) {
      const reply = await post(world.url, { query: tokens(70) })
      ids.add(reply.headers['x-request-id'])
      expect(reply.text).toContain(String(reply.headers['x-request-id']))
    }
    expect(ids.size).toBe(3)
  })
})

describe('an error about an unknown name', () => {
  const misspelt: [where: string, query: string, variables?: object][] = [
    ['a field', '{ ordrs { totalCount } }'],
    ['a field of another type', '{ node(id: "x") { number } }'],
    ['an argument', '{ orders(frst: 1) { totalCount } }'],
    ['an input field', '{ orders(filter: { unshiped: true }) { totalCount } }'],
    ['an enum value', '{ orders(filter: { status: [PAI] }) { totalCount } }'],
    ['a string for an enum value', '{ orders(filter: { status: ["PAID"] }) { totalCount } }'],
    ['a type of a variable', 'query ($a: OrderFiltr) { orders(filter: $a) { totalCount } }'],
    ['a type of a fragment', '{ viewer { ...on Viewr { kind } } }'],
    ['a fragment', '{ ...Viewr } fragment Viewer on Query { viewer { kind } }'],
    ['a directive', '{ viewer @skp(if: true) { kind } }'],
    ['a directive’s argument', '{ viewer @skip(iff: true) { kind } }'],
    [
      'a field of a variable',
      'query ($a: OrderFilter) { orders(filter: $a) { totalCount } }',
      { a: { unshiped: true } },
    ],
    [
      'an enum value of a variable',
      'query ($a: OrderFilter) { orders(filter: $a) { totalCount } }',
      { a: { status: ['PAI'] } },
    ],
  ]
  it.each(misspelt)('(%s) suggests no other name', async (_where, query, variables = {}) => {
    const reply = await post(world.url, { query, variables })
    expect(outcome(reply)).toMatch(/^4\d\d (GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)/)
    expect(messages(reply).join()).not.toMatch(/did you mean|suggestion/i)
  })
})

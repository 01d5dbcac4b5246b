import {
  type GraphQLField,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { messages, outcome, post, type Reply } from '../platform/support/call.ts'
import { production } from '../platform/support/production.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({
    env: {
      ...production,
      MAX_ALIASES: '200',
    },
  })
})
afterAll(() => world.close())

const ask = (query: string, variables?: object) => post(world.url, { query, variables })

/** Every name of the schema that a response could reveal. Built-in scalars are known to everyone. */
const names = new Set(
  Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__') && !/^(Int|Float|String|Boolean|ID|Query|Mutation)$/.test(name))
    .flatMap((type) => [
      type.name,
      ...(isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : []),
      ...(isEnumType(type) ? type.getValues().map(({ name }) => name) : []),
    ]),
)

/** graphql-js also suggests `viewer { ... }`, which reveals no name. */
const guess = /did you mean (?!"\w+ \{ \.\.\. \}")/i

/** Names in quotes that the request did not have. */
function toldBy(reply: Reply, request: string): string[] {
  const quoted = messages(reply).flatMap((message) => message.match(/"[^"]*"/g) ?? [])
  const words = quoted.flatMap((text) => text.match(/\w+/g) ?? [])
  return words.filter((word) => names.has(word) && !new RegExp(`\\b${word}\\b`).test(request))
}

const queryFields: GraphQLField<unknown, unknown>[] = Object.values(schema.getQueryType()?.getFields() ?? {})
const mutationFields: GraphQLField<unknown, unknown>[] = Object.values(schema.getMutationType()?.getFields() ?? {})

describe('introspection in production', () => {
  const forms: [what: string, query: string][] = [
    ['__schema', '{ __schema { types { name } } }'],
    ['__type', '{ __type(name: "Order") { name fields { name } } }'],
    ['an alias', '{ viewer: __schema { queryType { name } } }'],
    ['a fragment', '{ ...A } fragment A on Query { __type(name: "Order") { name } }'],
    [
      'a fragment in a fragment',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { __schema { queryType { name } } }',
    ],
    ['an inline fragment', '{ ... { ... on Query { __schema { directives { name } } } } }'],
    ['a skipped field', '{ viewer { kind } __schema @include(if: false) { queryType { name } } }'],
    ['a second operation', 'query A { viewer { kind } } query B { __schema { queryType { name } } }'],
    ['a mutation', 'mutation { __schema { queryType { name } } }'],
    ['a variable', 'query ($n: String!) { __type(name: $n) { kind } }'],
    ['blanks and commas', '{,,,__schema\n{\tqueryType{name}}}'],
  ]
  it.each(forms)('by %s is refused with 422 and reveals nothing', async (_what, query) => {
    const reply = await post(world.url, {
      query,
      operationName: query.includes('query A') ? 'A' : undefined,
      variables: { n: 'Order' },
    })
    expect(outcome(reply)).toMatch(/^422( GRAPHQL_VALIDATION_FAILED)+$/)
    expect(toldBy(reply, query)).toEqual([])
    expect(reply.text).not.toContain('"data"')
  })

  it('gives the name of a type to viewers of its objects', async () => {
    const reply = await ask('{ __typename viewer { __typename } }')
    expect(reply.text).toContain('{"__typename":"Query","viewer":{"__typename":"Viewer"}}')
  })
})

describe('a misspelled name', () => {
  const near = (name: string) => [
    `${name}s`,
    name.slice(0, -1),
    `${name.slice(0, 1)}${name.slice(2)}`,
    name.toUpperCase(),
  ]
  const isGuess = (guess: string) => /^[A-Za-z]\w*$/.test(guess) && !names.has(guess)

  it('of a field reveals no name, on any reachable type', async () => {
    const guesses = queryFields.flatMap(({ name }) => near(name)).filter(isGuess)
    expect(guesses.length).toBeGreaterThan(30)
    const query = `{ ${guesses.join(' ')} viewer { ${near('customer').filter(isGuess).join(' ')} } }`
    const reply = await ask(query)
    expect(new Set(outcome(reply).split(' '))).toEqual(new Set(['422', 'GRAPHQL_VALIDATION_FAILED']))
    expect(toldBy(reply, query)).toEqual([])
    expect(messages(reply).join()).not.toMatch(guess)
    expect(messages(reply)).toContain(`Cannot query field "${guesses[0]}" on type "Query".`)
    expect(messages(reply)).toContain('Cannot query field "customers" on type "…".')
  })

  it('of a mutation reveals no name', async () => {
    const guesses = mutationFields.flatMap(({ name }) => near(name)).filter(isGuess)
    const query = `mutation { ${guesses.slice(0, 100).join(' ')} }`
    const reply = await ask(query)
    expect(toldBy(reply, query)).toEqual([])
    expect(messages(reply).join()).not.toMatch(guess)
  })

  const others: [what: string, query: string, variables?: object][] = [
    ['an argument', '{ orders(frist: 1, aftr: "a", filters: 1, sorts: 1) { totalCount } }'],
    ['an argument that is needed', '{ order { number } product { name } node { __typename } }'],
    ['an input field', '{ orders(filter: { statu: PAID, plced: 1 }) { totalCount } }'],
    ['an input field that is needed', 'mutation { orderPlace(input: {}) { replayed } }'],
    [
      'an input field in a variable',
      'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }',
      { f: { statu: 1, totl: 2 } },
    ],
    [
      'a needed field in a variable',
      'mutation ($i: OrderPlaceInput!) { orderPlace(input: $i) { replayed } }',
      { i: {} },
    ],
    ['an enum value', '{ orders(sort: { field: PLACED, direction: DSC }) { totalCount } }'],
    [
      'an enum value in a variable',
      'query ($s: OrderSort) { orders(sort: $s) { totalCount } }',
      { s: { field: 'PLCED_AT' } },
    ],
    ['an enum value as text', '{ orders(filter: { status: "PAID" }) { totalCount } }'],
    ['an argument of another type', '{ orders(first: "1", filter: 1) { totalCount } node(id: {}) { __typename } }'],
    ['a type', 'query ($o: OrderFiltr, $p: Ordr) { viewer { ... on Custmer { kind } kind } }'],
    ['a variable of another type', 'query ($n: String) { orders(first: $n) { totalCount } }', { n: '1' }],
    ['a directive', '{ viewer @skp(if: true) { kind @includ(if: true) } }'],
    ['an argument of a directive', '{ viewer { kind @skip(iff: true) } }'],
    ['a fragment', '{ viewer { ...Prts } } fragment Parts on Viewer { kind }'],
    ['a fragment on another type', '{ viewer { ... on Money { amount } } }'],
    ['a selection that is missing', '{ viewer orders }'],
    ['a selection too many', '{ viewer { kind { name } } }'],
    ['a subscription', 'subscription { orderPlacd { id } }'],
  ]
  it.each(others)('of %s reveals no name', async (_what, query, variables) => {
    const reply = await ask(query, variables)
    expect(outcome(reply)).toMatch(/^4\d\d /)
    expect(toldBy(reply, `${query} ${JSON.stringify(variables)}`)).toEqual([])
    expect(messages(reply).join()).not.toMatch(guess)
  })

  it('does not reveal names that a comment or string contains', async () => {
    const dictionary = [...names].join(' ')
    for (const query of [
      `{ node { __typename } } # ${dictionary}`,
      `{ node { __typename } product(sku: ["${dictionary}"]) { name } }`,
    ]) {
      const reply = await ask(query)
      expect(messages(reply)).toContain('Field "node" argument "…" of type "ID!" is required, but it was not provided.')
    }
  })

  it('is tested on a schema with such names', () => {
    expect(names.size).toBeGreaterThan(200)
    expect(queryFields.some(({ args }) => args.some(isRequiredArgument))).toBe(true)
    const inputs = mutationFields.flatMap(({ args }) => args.map(({ type }) => getNamedType(type)))
    expect(
      inputs.some((type) => isInputObjectType(type) && Object.values(type.getFields()).some(isRequiredInputField)),
    ).toBe(true)
  })
})

describe('with introspection on', () => {
  it('errors name existing types and arguments, and suggest nothing', async () => {
    await using open = await createWorld({ data: 'empty' })
    const reply = await post(open.url, { query: '{ node { __typename } viewer { customr } }' })
    expect(messages(reply)).toEqual([
      'Field "node" argument "id" of type "ID!" is required, but it was not provided.',
      'Cannot query field "customr" on type "Viewer".',
    ])
  })
})

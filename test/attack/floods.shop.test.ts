import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, dataIn, graphql, json, outcome, post } from '../platform/support/call.ts'
import { createWorld, type World } from '../support/world.ts'

// bounds.test.ts tests the time and the memory.

let world: World
let authorization: string
beforeAll(async () => {
  world = await createWorld()
  authorization = `Bearer ${await world.tokenFor('admin')}`
})
afterAll(() => world.close())

const send = (query: string, variables: object = {}) => post(world.url, { query, variables }, { authorization })
const repeat = (times: number, part: (index: number) => string) =>
  Array.from({ length: times }, (_, i) => part(i)).join(' ')
const fragments = (count: number, type: string, part: (next: string) => string, last: string) =>
  `${repeat(count, (i) => `fragment F${i} on ${type} { ${part(`...F${i + 1}`)} }`)} fragment F${count} on ${type} { ${last} }`

/** Refused with the code, without data and before a statement runs. */
async function expectRefused(query: string, expected: string, variables: object = {}): Promise<void> {
  const before = world.statements.length
  const reply = await send(query, variables)
  expect(new Set(outcome(reply).split(' '))).toEqual(new Set(expected.split(' ')))
  expect(reply.text).not.toContain('"data"')
  expect(reply.text.length).toBeLessThan(10_000)
  expect(world.statements.length).toBe(before)
}

const pages = 'first: 100) { edges { node {'
const customers = `customers(${pages} orders(${pages} number } } } } } }`

describe('a flood', () => {
  const floods: [of: string, query: string, expected: string][] = [
    ['aliases', `{ ${repeat(31, (i) => `a${i}: viewer { kind }`)} }`, '422 DOCUMENT_LIMIT_EXCEEDED'],
    ['10,000 aliases', `{ ${repeat(10_000, (i) => `a${i}: __typename`)} }`, '422 DOCUMENT_LIMIT_EXCEEDED'],
    [
      'aliases of pages',
      `{ ${repeat(30, (i) => `a${i}: orders(${pages} customer { id } } } }`)} }`,
      '422 COST_LIMIT_EXCEEDED',
    ],
    ['directives', `{ viewer { kind ${repeat(31, () => '@include(if: true)')} } }`, '422 DOCUMENT_LIMIT_EXCEEDED'],
    ['unknown directives', `{ viewer { kind ${repeat(500, (i) => `@d${i}`)} } }`, '422 DOCUMENT_LIMIT_EXCEEDED'],
    [
      'depth',
      `{ viewer { customer { ${repeat(20, () => 'orders { edges { node { customer {')} id ${repeat(20, () => '} } } }')} } } }`,
      '422 DOCUMENT_LIMIT_EXCEEDED',
    ],
    [
      'depth of introspection',
      `{ __schema { types { ${repeat(20, () => 'fields { type {')} name ${repeat(20, () => '} }')} } } }`,
      '422 GRAPHQL_VALIDATION_FAILED',
    ],
    ['tokens', `{ ${repeat(2001, () => '__typename')} }`, '422 DOCUMENT_LIMIT_EXCEEDED'],
    [
      'fragments that spread themselves',
      '{ ...A } fragment A on Query { viewer { kind } ...A }',
      '422 GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments in a ring',
      `{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }`,
      '422 GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'aliases that fragments multiply',
      `{ orders { edges { node { ...F0 } } } } ${fragments(3, 'Order', (next) => `a: customer { orders { edges { node { ${next} } } } } b: customer { orders { edges { node { ${next} } } } }`, 'id')}`,
      '422 DOCUMENT_LIMIT_EXCEEDED',
    ],
    ['rows', `{ ${customers} }`, '422 COST_LIMIT_EXCEEDED'],
    [
      'rows by many fields',
      `{ orders(${pages} customer { id } lines { product { id category { id } supplier { id } } } payments { __typename } refunds { __typename } returns { __typename } } } } }`,
      '422 COST_LIMIT_EXCEEDED',
    ],
  ]
  it.each(floods)('of %s is refused before anything is read', async (_of, query, expected) => {
    await expectRefused(query, expected)
  })

  it.each([0, 1, 100])('of fields that fragments multiply, below a page of %i, is refused', async (size) => {
    const four = (next: string) =>
      `lines { order { ${next} } } shipments { order { ${next} } } payments { order { ${next} } } invoice { order { ${next} } }`
    const query = `{ orders(first: ${size}) { edges { node { ...F0 } } } } ${fragments(4, 'Order', four, 'id')}`
    await expectRefused(query, '422 COST_LIMIT_EXCEEDED')
  })

  it('of fields that fragments multiply beyond counting is refused in time', async () => {
    const pages = (next: string) =>
      `${repeat(20, (i) => `a${i}: orders(first: 101) { edges { node { customer { ${next} } } } }`)}`
    const query = `{ customers(first: 101) { edges { node { ...F0 } } } } ${fragments(1, 'Customer', pages, pages('id'))}`
    const body = { query, variables: {} }
    await using lenient = await createWorld({ data: 'empty', env: { MAX_ALIASES: '1000000000', MAX_DEPTH: '100' } })
    const headers = { authorization: `Bearer ${await lenient.tokenFor('admin')}` }
    expect(outcome(await post(lenient.url, body, headers))).toBe('200 INVALID_PAGE_SIZE')
    const deeper = `{ customers(first: 101) { edges { node { ...F0 } } } } ${fragments(3, 'Customer', pages, pages('id'))}`
    expect(outcome(await post(lenient.url, { query: deeper }, headers))).toBe('422 COST_LIMIT_EXCEEDED')
  })
})

describe('a batch', () => {
  it.each([1, 2, 1000])('of %i operations is refused', async (count) => {
    const body = JSON.stringify(Array(count).fill({ query: '{ viewer { kind } }' }))
    for (const headers of [json, graphql]) {
      expect(outcome(await call(world.url, { headers: { ...headers, authorization }, body }))).toBe('400 BAD_REQUEST')
    }
  })
})

describe('a flood of mutations', () => {
  const shipTo = 'shipTo: { recipient: "A", street: "B", city: "C", country: "DE" }'
  const mutation = `orderPlace(input: { lines: [], ${shipTo} }) { userErrors { code } }`
  const many = (count: number) => repeat(count, (i) => `a${i}: ${mutation}`)
  const forms: [form: string, query: (count: number) => string][] = [
    ['aliases', (count) => `mutation { ${many(count)} }`],
    ['a fragment', (count) => `mutation { ...All } fragment All on Mutation { ${many(count)} }`],
    ['an inline fragment', (count) => `mutation { ... on Mutation { ${many(count)} } }`],
    ['a condition', (count) => `mutation ($yes: Boolean = true) { ... @include(if: $yes) { ${many(count)} } }`],
  ]
  it.each(forms)('in %s is refused from the eleventh on', async (_form, query) => {
    await expectRefused(query(11), '422 DOCUMENT_LIMIT_EXCEEDED')
    expect(outcome(await send(query(10)))).toMatch(/^200/)
  })

  it('counts executed mutations: a merged field is one, a skipped field is none', async () => {
    const merged = `mutation { ${many(10)} ...All } fragment All on Mutation { ${many(10)} __typename }`
    expect(outcome(await send(merged))).toMatch(/^200/)
    const more = `orderPlace(input: { lines: [], ${shipTo} }) @include(if: $more) { userErrors { code } }`
    const skipped = `mutation ($more: Boolean = false) { ${many(10)} ${more} }`
    expect(outcome(await send(skipped))).toMatch(/^200/)
    expect(outcome(await send(skipped, { more: true }))).toBe('422 DOCUMENT_LIMIT_EXCEEDED')
  })
})

describe('wide variables', () => {
  it('are answered soon by every field that takes them', async () => {
    const ids = Array<string>(5000).fill('order_01h455vb4pex5vsknk084sn02q')
    await expectRefused('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', '422 COST_LIMIT_EXCEEDED', {
      ids: [...ids, ...ids.slice(0, 1)],
    })
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))
    const unknown = await send('query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', { f: wide })
    expect(outcome(unknown)).toMatch(/^400( BAD_USER_INPUT){11}$/)
    expect(unknown.text.length).toBeLessThan(10_000)
    const definitions = repeat(300, (i) => `$v${i}: Int`)
    const used = repeat(300, (i) => `$v${i}`)
    expect(outcome(await send(`query (${definitions}) { viewer { kind } } # ${used}`))).toMatch(/^422/)
  })

  it('that no field takes are ignored', async () => {
    const unused = { unused: Array(20_000).fill('x') }
    expect(dataIn(await send('{ viewer { kind } }', unused))).toEqual({ viewer: { kind: 'STAFF' } })
  })
})

describe('a hundred requests at once', () => {
  it('that each cost too much are each refused, and a good one among them is answered', async () => {
    const flood = Array.from({ length: 100 }, () => send(`{ ${customers} }`))
    const good = send('{ viewer { kind } }')
    expect(outcome(await good)).toBe('200')
    expect(new Set((await Promise.all(flood)).map(outcome))).toEqual(new Set(['422 COST_LIMIT_EXCEEDED']))
  })
})

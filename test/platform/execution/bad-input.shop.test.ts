import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledger } from '../../commerce/support/order-place.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, graphql, messages, outcome, post } from '../support/call.ts'

let world: World
let authorization: string
beforeAll(async () => {
  world = await createWorld()
  authorization = `Bearer ${await world.tokenFor('admin')}`
})
afterAll(() => world.close())

interface ArgumentPosition {
  type: string
  /** A query with the value at this position. */
  at: (value: string) => string
}

const orders = (args: string) => `orders(${args}) { totalCount }`
const int: ArgumentPosition = { type: 'Int', at: (value) => orders(`first: ${value}`) }
const id: ArgumentPosition = { type: 'ID', at: (value) => `order(id: ${value}) { id }` }
const text: ArgumentPosition = {
  type: 'String',
  at: (value) => `products(filter: { nameContains: ${value} }) { totalCount }`,
}
const flag: ArgumentPosition = { type: 'Boolean', at: (value) => orders(`filter: { unshipped: ${value} }`) }
const moment: ArgumentPosition = { type: 'DateTime', at: (value) => orders(`filter: { placed: { from: ${value} } }`) }
const decimal: ArgumentPosition = {
  type: 'Decimal',
  at: (value) => orders(`filter: { total: { currency: "USD", min: ${value} } }`),
}
const currency: ArgumentPosition = {
  type: 'CurrencyCode!',
  at: (value) => orders(`filter: { total: { currency: ${value} } }`),
}
const country: ArgumentPosition = { type: 'CountryCode', at: (value) => orders(`filter: { shipToCountry: ${value} }`) }
const status: ArgumentPosition = { type: '[OrderStatus!]', at: (value) => orders(`filter: { status: ${value} }`) }
const filter: ArgumentPosition = { type: 'OrderFilter', at: (value) => orders(`filter: ${value}`) }
const sort: ArgumentPosition = { type: 'OrderSort', at: (value) => orders(`sort: ${value}`) }
const ids: ArgumentPosition = { type: '[ID!]!', at: (value) => `nodes(ids: ${value}) { id }` }

const notInts = [2147483648, -2147483649, 1e300, 1.5, '1', '', true, [1], { a: 1 }]
const notIds = [1.5, true, { a: 1 }, ['order_01h455vb4pex5vsknk084sn02q']]
const notMoments = [
  ...['2026-02-31T00:00:00Z', '2026-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2026-13-01T00:00:00Z'],
  ...['2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:00+25:00', '2026-01-01T00:00:00'],
  ...['2026-01-01', '', 'now', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'],
  ...['+275760-09-13T00:00:00Z', '-271821-04-20T00:00:00Z', '2026-01-01T00:00:00Z\n', 1767225600, true, {}, []],
]
const notDecimals = [
  ...['1234567890123456', '1.1234567890', '1e5', '1e400', 'NaN', 'Infinity', '+5', '.5', '5.', '0x10', '', ' 5', '1,5'],
  ...['٣', '5\n', true, {}, []],
]
const notCurrencies = ['ZZZ', 'usd', 'US', 'USDX', '', '$', 840, true, ['USD'], {}]
const notCountries = ['ZZ', 'de', 'D', 'DEU', 'UK', '', 276, true, ['DE'], {}]
const notStatuses = [['FOO'], ['paid'], 'FOO', [1], [true], [null], [{}], [['PAID']]]
const notFilters = [1, 'x', true, [1], { unknown: 1 }, { placed: 1 }, { total: {} }, { status: { in: ['PAID'] } }]
const notSorts = [{}, { field: 'TOTAL', direction: 'UP' }, { field: 'total' }, { field: 'ID' }, 'TOTAL']

const wrong: [place: ArgumentPosition, values: unknown[]][] = [
  [int, notInts],
  [id, notIds],
  [text, [5, true, ['a'], { a: 1 }]],
  [flag, ['true', 'yes', 1, 0, [true], {}]],
  [moment, notMoments],
  [decimal, notDecimals],
  [currency, notCurrencies],
  [country, notCountries],
  [status, notStatuses],
  [filter, notFilters],
  [sort, notSorts],
  [ids, [null, [null], [1.5], [true], [{}], 1.5]],
]
const cases = wrong.flatMap(([place, values]) => values.map((value) => ({ ...place, value: JSON.stringify(value) })))

describe('a value outside of its type', () => {
  it.each(cases)('$value is no $type: as a variable it is BAD_USER_INPUT with 400', async ({ type, at, value }) => {
    const query = `query ($value: ${type}) { ${at('$value')} }`
    const reply = await post(world.url, { query, variables: { value: JSON.parse(value) } }, { authorization })
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(messages(reply)[0]).toMatch(/^Variable "\$value"/)
  })

  it.each(cases)('$value is no $type: as a literal it is GRAPHQL_VALIDATION_FAILED with 422', async ({ at, value }) => {
    const reply = await post(world.url, { query: `{ ${at(literal(value))} }` }, { authorization })
    expect(new Set(outcome(reply).split(' '))).toEqual(new Set(['422', 'GRAPHQL_VALIDATION_FAILED']))
  })

  it('that JSON cannot hold exactly is refused as it was parsed', async () => {
    for (const [type, at] of [[int.type, int.at('$value')] as const, [decimal.type, decimal.at('$value')] as const]) {
      const query = JSON.stringify(`query ($value: ${type}) { ${at} }`)
      const body = `{ "query": ${query}, "variables": { "value": 1e400 } }`
      const reply = await call(world.url, { headers: { ...graphql, authorization }, body })
      expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    }
  })

  it('is located in a large input, ten errors at most, and not repeated', async () => {
    const lines = Array.from({ length: 50 }, () => ({ productId: 'x', quantity: 1.5 }))
    const input = { lines, shipTo: { recipient: 'r'.repeat(100_000), street: 's', city: 'c', country: 'DE' } }
    const query = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }'
    const reply = await post(world.url, { query, variables: { input } }, { authorization })
    expect(messages(reply)).toHaveLength(11)
    expect(messages(reply)[3]).toBe(
      'Variable "$input" at "input.lines[3].quantity": Int cannot represent non-integer value: 1.5',
    )
    expect(reply.text).not.toContain('rrr')
  })

  it('that is long is cut off in the message', async () => {
    const query = 'query ($value: CountryCode) { orders(filter: { shipToCountry: $value }) { totalCount } }'
    const reply = await post(world.url, { query, variables: { value: 'X'.repeat(200_000) } }, { authorization })
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(reply.text.length).toBeLessThan(500)
  })
})

describe('a mutation input outside of its type', () => {
  const good = {
    lines: [{ productId: 'product_01h455vb4pex5vsknk084sn02q', quantity: 1 }],
    shipTo: { recipient: 'r', street: 's', city: 'c', country: 'DE' },
  }
  const shipTo = (change: object) => ({ ...good, shipTo: { ...good.shipTo, ...change } })
  const inputs: [what: string, input: unknown][] = [
    ['a number for the input', 5],
    ['a list for the input', [good, good]],
    ['no lines', { shipTo: good.shipTo }],
    ['null for the lines', { ...good, lines: null }],
    ['null among the lines', { ...good, lines: [null] }],
    ['a quantity that is too large', { ...good, lines: [{ productId: 'x', quantity: 2147483648 }] }],
    ['half a quantity', { ...good, lines: [{ productId: 'x', quantity: 0.5 }] }],
    ['an object for an id', { ...good, lines: [{ productId: {}, quantity: 1 }] }],
    ['a 31 February', { ...good, requiredDate: '2027-02-31' }],
    ['a moment for a date', { ...good, requiredDate: '2027-02-01T00:00:00Z' }],
    ['the year 0', { ...good, requiredDate: '0000-01-01' }],
    ['an unknown country', shipTo({ country: 'ZZ' })],
    ['a country in small letters', shipTo({ country: 'de' })],
    ['no street', shipTo({ street: undefined })],
    ['a number for a street', shipTo({ street: 5 })],
    ['NUL in a text', shipTo({ street: 'a\0b' })],
    ['an unknown field', { ...good, discount: '100' }],
    ['__proto__ as a field', JSON.parse(`${JSON.stringify(good).slice(0, -1)},"__proto__":{"a":1}}`)],
  ]

  it.each(inputs)('%s is refused, and nothing is written', async (_what, input) => {
    const before = await ledger(world)
    const query =
      'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }'
    const reply = await post(world.url, { query, variables: { input } }, { authorization })
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(await ledger(world)).toEqual(before)
  })
})

/** JSON as a GraphQL literal: names of fields have no quotes. */
function literal(value: string): string {
  return value.replace(/"(\w+)":/g, '$1:')
}

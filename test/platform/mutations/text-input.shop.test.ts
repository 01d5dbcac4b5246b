import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledger, lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { insertProduct } from '../../commerce/support/product.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, graphql, messages, outcome, post } from '../support/call.ts'

let world: World
let authorization: string
beforeAll(async () => {
  world = await createWorld()
  authorization = `Bearer ${await world.tokenFor('customer ALFKI')}`
})
afterAll(() => world.close())

const search = 'query ($text: String) { products(filter: { nameContains: $text }) { totalCount } }'
const place =
  'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code path } } }'
const send = (query: string, variables: object = {}) => post(world.url, { query, variables }, { authorization })

const nul = 'holds the character U+0000, which no text may.'
const half = 'holds half of a surrogate pair, which no text may.'

describe('the character U+0000', () => {
  const anId = 'order_01h455vb4pex5vsknk084sn02'
  const literals: [where: string, query: string][] = [
    ['a string', '{ products(filter: { nameContains: "a\\u0000b" }) { totalCount } }'],
    ['a string as \\u{0}', '{ products(filter: { nameContains: "a\\u{0}b" }) { totalCount } }'],
    ['a block string', '{ products(filter: { nameContains: """a\0b""" }) { totalCount } }'],
    ['an id', `{ order(id: "${anId}\\u0000") { id } }`],
    ['a list of ids', `{ nodes(ids: ["${anId}q", "\\u0000"]) { id } }`],
    ['a cursor', '{ orders(after: "\\u0000") { edges { cursor } } }'],
    ['a variable’s default', 'query ($sku: String = "\\u0000") { product(sku: $sku) { id } }'],
    ['a directive’s argument', '{ viewer { kind @deprecated(reason: "\\u0000") } }'],
    [
      'nested input',
      'mutation { orderPlace(input: { lines: [], shipTo: { recipient: "\\u0000", street: "s", city: "c", country: "DE" } }) { order { id } } }',
    ],
  ]
  it.each(literals)('in %s of the document is refused with 422', async (_where, query) => {
    const reply = await send(query)
    expect(new Set(outcome(reply).split(' '))).toEqual(new Set(['422', 'GRAPHQL_VALIDATION_FAILED']))
    expect(messages(reply)).toContain(`A string ${nul}`)
  })

  const variables: [where: string, variables: object][] = [
    ['a variable', { text: '\0' }],
    ['the middle of a long one', { text: `${'x'.repeat(1000)}\0${'x'.repeat(1000)}` }],
    ['the name of a variable', { 'a\0': 'x' }],
    ['a variable the operation does not have', { other: '\0' }],
    ['a list', { text: 'x', list: ['a', 'b\0'] }],
    ['nested input', { input: { lines: [{ productId: '\0' }] } }],
    ['the name of a nested field', { input: { lines: [{ 'product\0Id': 1 }] } }],
  ]
  it.each(variables)('in %s is refused with 400', async (_where, given) => {
    const reply = await send(search, given)
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(messages(reply)).toEqual([`A variable ${nul}`])
  })

  it('outside of a string is no GraphQL', async () => {
    expect(outcome(await send('{ viewer\0 { kind } }'))).toBe('400 GRAPHQL_PARSE_FAILED')
    const request = { query: 'query A { viewer { kind } }', operationName: 'A\0' }
    expect(outcome(await post(world.url, request))).toBe('422 OPERATION_RESOLUTION_FAILURE')
  })
})

describe('half of a surrogate pair', () => {
  it.each(['\uD800', '\uDC00', 'a\uD83Db', '\uDE00\uD83D'])('%j in a variable is refused with 400', async (text) => {
    const reply = await send(search, { text })
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(messages(reply)).toEqual([`A variable ${half}`])
  })

  it.each(['\uD800', '\\uD800', '\\u{D800}'])('%j in the document is no GraphQL', async (text) => {
    expect(outcome(await send(`{ product(sku: "${text}") { id } }`))).toBe('400 GRAPHQL_PARSE_FAILED')
  })

  it('in an order is refused before anything is written', async () => {
    const before = await ledger(world)
    const lines = [await lineOf(world, 'NW-0003')]
    const reply = await send(place, { input: { lines, shipTo: { ...shipTo, recipient: 'Ann\uD83D' } } })
    expect(outcome(reply)).toBe('400 BAD_USER_INPUT')
    expect(await ledger(world)).toEqual(before)
  })
})

describe('text of any script', () => {
  const texts = ['שלום עולם', 'مرحبا', '日本語', '𝄞 𐍈', '👩‍👩‍👧‍👦 🏳️‍🌈', 'Ǆ ß ﬁ', '‮evil‬', '\uFEFFx', '\u{10FFFF}']

  it.each(texts)('%s can be searched for, as a variable and as a literal', async (text) => {
    const { id } = await insertProduct(world, `text-${text}`, { name: `before ${text} after` })
    const answers = [
      await world.as('anonymous').query(search, { text }),
      await world
        .as('anonymous')
        .query(`{ products(filter: { nameContains: ${JSON.stringify(text)} }) { totalCount } }`),
    ]
    for (const { data, errors } of answers) {
      expect(errors).toBeUndefined()
      expect(data).toEqual({ products: { totalCount: 1 } })
    }
    await world.client.product.delete({ where: { id } })
  })

  it('is found in decomposed form too, as some systems send it', async () => {
    expect((await world.as('anonymous').query(search, { text: 'CO\u0302TE' })).data).toEqual({
      products: { totalCount: 1 },
    })
    expect((await world.as('anonymous').query(search, { text: 'Côte' })).data).toEqual({ products: { totalCount: 1 } })
  })

  it('is stored in composed form', async () => {
    const recipient = 'Zoë e\u0301 שלום 👩‍👩‍👧 𝄞'
    const lines = [await lineOf(world, 'NW-0003')]
    const query = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { shipTo { recipient } } } }'
    const placed = await world
      .as('customer ALFKI')
      .query(query, { input: { idempotencyKey: 'once', lines, shipTo: { ...shipTo, recipient } } })
    expect(placed.data).toEqual({ orderPlace: { order: { shipTo: { recipient: recipient.normalize('NFC') } } } })
  })

  it('longer than 200 characters is not searched for', async () => {
    const admin = world.as('admin')
    expect((await admin.query(search, { text: 'x'.repeat(200) })).data).toEqual({ products: { totalCount: 0 } })
    const refused = await admin.query(search, { text: 'x'.repeat(201) })
    expect(refused.errors?.map(({ message }) => message)).toEqual([
      'At most 200 characters can be searched for; these are 201.',
    ])
    expect(refused.data).toEqual({ products: null })
  })
})

describe('a body that is not UTF-8', () => {
  const bodies: [encoding: string, body: Buffer][] = [
    ['Latin-1', Buffer.from('{"query":"{ product(sku: \\"Müller\\") { id } }"}', 'latin1')],
    ['UTF-16', Buffer.from('{"query":"{ product(sku: \\"Müller\\") { id } }"}', 'utf16le')],
    ['cut in the middle of a character', Buffer.from('{"query":"{ viewer { kind } } #ü').subarray(0, -1)],
    ['an over-long form', Buffer.from([...Buffer.from('{"query":"'), 0xc0, 0xaf, ...Buffer.from('"}')])],
    ['a surrogate in UTF-8', Buffer.from([...Buffer.from('{"query":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])],
  ]
  it.each(bodies)('(%s) is refused with 400, and not misread', async (_encoding, body) => {
    const reply = await call(world.url, { headers: graphql, body })
    expect(outcome(reply)).toBe('400 BAD_REQUEST')
  })
})
